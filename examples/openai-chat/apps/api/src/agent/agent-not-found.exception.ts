import { NotFoundException } from '@nestjs/common';

export class AgentNotFoundException extends NotFoundException {
  constructor(id: number) {
    super(`Agent ${id} was not found`);
  }
}
