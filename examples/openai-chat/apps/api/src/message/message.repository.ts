import { Injectable } from '@nestjs/common';
import { MessageRole, Prisma } from '@prisma/client';
import { pageSize } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';

export interface Turn {
  question: string;
  answer: string;
  rawRequest: Prisma.InputJsonValue;
  rawResponse: Prisma.InputJsonValue;
}

const VISIBLE = { id: true, role: true, content: true, createdAt: true } satisfies Prisma.MessageSelect;

@Injectable()
export class MessageRepository {
  constructor(private readonly prisma: PrismaService) {}

  findPage(sessionId: number, userId: string, cursor: number | undefined, limit: number | undefined) {
    return this.prisma.message.findMany({
      where: { sessionId, session: { userId } },
      select: VISIBLE,
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: pageSize(limit),
      ...(cursor === undefined ? {} : { cursor: { id: cursor }, skip: 1 }),
    });
  }

  findHistory(sessionId: number, userId: string) {
    return this.prisma.message.findMany({
      where: { sessionId, session: { userId } },
      select: VISIBLE,
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  countAnswers(sessionId: number, userId: string) {
    const where: any = { sessionId, session: { userId }, role: 'BOT' }; // error: consistency/enum-value-unknown
    return this.prisma.message.count({ where });
  }

  findByIdsAndUserId(ids: number[], userId: string) {
    return this.prisma.message.findMany({
      where: { id: { in: ids }, session: { userId } },
      select: VISIBLE,
    });
  }

  /** Stores a question with its answer, and moves the session up. */
  saveTurn(sessionId: number, userId: string, turn: Turn) {
    return this.prisma.$transaction(async (tx) => {
      const session = await tx.chatSession.update({
        where: { id: sessionId, userId },
        data: { lastMessageAt: new Date() },
        select: { id: true },
      });
      await tx.message.create({
        data: {
          sessionId: session.id,
          role: MessageRole.USER,
          content: turn.question,
          rawRequest: turn.rawRequest,
        },
      });
      return tx.message.create({
        data: {
          sessionId: session.id,
          role: MessageRole.ASSISTANT,
          content: turn.answer,
          rawResponse: turn.rawResponse,
        },
        select: VISIBLE,
      });
    });
  }
}
