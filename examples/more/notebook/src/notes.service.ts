import { Injectable } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Injectable()
export class NotesService {
  constructor(private readonly prisma: PrismaService) {}

  async add(userId: string, title: string, feed: string) {
    const user = await this.prisma.user.findUniqueOrThrow({ where: { id: userId } });
    await this.prisma.user.update({
      where: { id: userId },
      data: { credits: user.credits - 1 }, // error: query/counter-race
    });
    return this.prisma.$transaction(async (tx) => {
      const note = await tx.note.create({ data: { userId, title } });
      const page = await fetch(feed); // error: query/external-io-in-transaction
      await this.prisma.link.create({ // error: query/transaction-escape
        data: { noteId: note.id, url: page.url },
      });
      return note;
    });
  }

  async starFirst(userId: string) {
    await this.prisma.note.updateMany({ data: { starred: false } }); // error: query/update-many-without-where
    const note = await this.prisma.note.findFirstOrThrow({ where: { userId }, orderBy: { id: 'asc' } });
    this.prisma.note.update({ where: { id: note.id }, data: { starred: true } }); // error: query/unawaited
    return note;
  }

  async close(userId: string) {
    await this.prisma.note.deleteMany(); // error: query/delete-many-without-where
    return userId;
  }

  async page(userId: string, id: string) {
    const notes = await this.prisma.note.findMany({ where: { userId } });
    return notes.find((note) => note.id === id); // error: query/load-all-find-one
  }

  async drop(userId: string, note: { id?: string }) {
    await this.prisma.link.deleteMany({
      where: { noteId: note.id }, // error: isolation/undefined-filter
    });
    return userId;
  }

  async keep(userId: string, title: string, url: string) {
    return this.prisma.$transaction(async (tx) => {
      const note = await tx.note.create({ data: { userId, title } });
      try {
        await tx.link.create({ data: { noteId: note.id, url } }); // error: query/error-caught-in-transaction
      } catch {
        return null;
      }
      return note;
    });
  }

  async clear(userId: string, url: string) {
    const link = await this.prisma.link.findFirstOrThrow({ where: { url, note: { userId } } });
    await this.prisma.sheet.deleteMany({
      where: { id: link.id, userId }, // error: consistency/key-of-another-model
    });
  }

  async take(userId: string, id: string) {
    const copy = await this.prisma.copy.findUniqueOrThrow({ where: { id } });
    if (copy.state !== 'LYING') throw new Error('taken');
    return this.prisma.copy.update({
      where: { id },
      data: { state: 'TAKEN', userId }, // error: query/check-then-update
    });
  }

  async lying(userId: string) {
    return this.prisma.copy.count({ where: { userId, state: 'LYING' } });
  }
}
