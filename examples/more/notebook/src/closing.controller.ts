import { Controller, Param, Post, UseGuards } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SessionGuard } from './auth';

@Controller('closing')
@UseGuards(SessionGuard)
export class ClosingController {
  constructor(private readonly events: EventEmitter2) {}

  @Post(':id')
  close(@Param('id') id: string) {
    this.events.emit('note.closed', { noteId: id });
  }
}
