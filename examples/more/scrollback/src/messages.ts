import { Injectable } from '@nestjs/common';
import { PrismaService } from './prisma.service';

/** What is shown of a message. */
const VISIBLE = { id: true, role: true, content: true } as const;

@Injectable()
export class Messages {
  constructor(private readonly prisma: PrismaService) {}

  /** The newest, and whether there are more. */
  async recent(chatId: number, userId: string, limit: number) {
    const rows = await this.prisma.message.findMany({ // error: domain/history-unreachable
      where: { chatId, chat: { userId } },
      select: VISIBLE,
      orderBy: { id: 'desc' },
      take: limit + 1,
    });
    return { messages: rows.slice(0, limit).reverse(), hasMore: rows.length > limit };
  }

  /** Those before one of them. */
  before(chatId: number, userId: string, id: number) {
    return this.prisma.message.findMany({
      where: { chatId, chat: { userId }, id: { lt: id } },
      select: VISIBLE,
      orderBy: { id: 'desc' },
      take: 20,
    });
  }
}
