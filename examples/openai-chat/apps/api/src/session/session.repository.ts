import { Injectable } from '@nestjs/common';
import type { Prisma } from '@prisma/client';
import { pageSize } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';

@Injectable()
export class SessionRepository {
  constructor(private readonly prisma: PrismaService) {}

  findByIdAndUserId(id: number, userId: string) {
    return this.prisma.chatSession.findFirst({ where: { id, userId } });
  }

  findPage(userId: string, cursor: number | undefined, limit: number | undefined) {
    return this.prisma.chatSession.findMany({
      where: { userId },
      orderBy: [{ lastMessageAt: 'desc' }, { id: 'asc' }],
      take: pageSize(limit),
      ...(cursor === undefined ? {} : { cursor: { id: cursor, userId }, skip: 1 }),
    });
  }

  search(userId: string, text: string | undefined) {
    const where: Record<string, unknown> = { userId };
    if (text) {
      where.title = { contains: text, mode: 'insensitive' }; // error: consistency/unknown-field
    }
    return this.prisma.chatSession.findMany({
      where: where as Prisma.ChatSessionWhereInput,
      orderBy: { lastMessageAt: 'desc' },
      take: pageSize(undefined),
    });
  }

  setStatus(id: number, userId: string, status: string) {
    return this.prisma.chatSession.update({ where: { id, userId }, data: { status } });
  }

  create(userId: string, agentId: number, sessionName: string | undefined) {
    return this.prisma.chatSession.create({ data: { userId, agentId, sessionName } });
  }

  rename(id: number, userId: string, sessionName: string) {
    return this.prisma.chatSession.update({ where: { id, userId }, data: { sessionName } });
  }

  delete(id: number, userId: string) {
    return this.prisma.chatSession.delete({ where: { id, userId } });
  }
}
