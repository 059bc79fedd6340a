import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { PrismaService } from './prisma.service';

@Injectable()
export class Exports {
  constructor(private readonly prisma: PrismaService) {}

  @OnEvent('note.closed')
  async closed({ noteId }: { noteId: string }) {
    await this.prisma.note.delete({ where: { id: noteId } }); // error: isolation/background-job-unscoped
  }
}
