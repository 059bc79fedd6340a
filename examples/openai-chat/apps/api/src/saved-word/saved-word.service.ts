import { Injectable, NotFoundException } from '@nestjs/common';
import { pageSize } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';
import type { CorrectWordDto, SaveWordDto } from './dto/saved-word.dto';

const SENTENCES_SHOWN = 5;

@Injectable()
export class SavedWordService {
  constructor(private readonly prisma: PrismaService) {}

  findPage(userId: string, cursor: number | undefined, limit: number | undefined) {
    return this.prisma.savedWord.findMany({
      where: { userId },
      include: { sentences: { orderBy: { id: 'desc' }, take: SENTENCES_SHOWN } },
      orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
      take: pageSize(limit),
      ...(cursor === undefined ? {} : { cursor: { id: cursor, userId }, skip: 1 }),
    });
  }

  async save(userId: string, dto: SaveWordDto) {
    const origin = await this.origin(userId, dto.sessionId);
    return this.prisma.savedWord.upsert({
      where: { userId_originalWord: { userId, originalWord: dto.originalWord } },
      create: {
        userId,
        originalWord: dto.originalWord,
        translation: dto.translation,
        pinyin: dto.pinyin,
        ...origin,
        sentences: dto.sentence ? { create: { sentence: dto.sentence } } : undefined,
      },
      update: { translation: dto.translation, pinyin: dto.pinyin },
    });
  }

  async correct(id: number, userId: string, dto: CorrectWordDto) {
    const word = await this.prisma.savedWord.findUnique({ where: { id } });
    if (!word || word.userId !== userId) {
      throw new NotFoundException(`Word ${id} was not found`);
    }
    return this.prisma.savedWord.update({
      where: { id: word.id },
      data: { translation: dto.translation },
    });
  }

  async remove(id: number, userId: string): Promise<void> {
    await this.assertOwned(id, userId);
    await this.prisma.savedWord.delete({ where: { id } });
  }

  private async assertOwned(id: number, userId: string): Promise<void> {
    await this.prisma.savedWord.findFirstOrThrow({ where: { id, userId }, select: { id: true } });
  }

  private async origin(userId: string, sessionId: number | undefined) {
    if (sessionId === undefined) {
      return {};
    }
    const session = await this.prisma.chatSession.findFirst({
      where: { id: sessionId, userId },
      select: { id: true, agentId: true },
    });
    return session ? { sessionId: session.id, agentId: session.agentId } : {};
  }
}
