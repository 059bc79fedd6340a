import { Injectable } from '@nestjs/common';
import { chunk } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';

export interface NewTranslation {
  messageId: number;
  language: string;
  translation: string;
}

export interface WordMeaning {
  originalWord: string;
  translation: string;
}

const INSERT_SIZE = 500;

@Injectable()
export class MessageTranslationRepository {
  constructor(private readonly prisma: PrismaService) {}

  findByMessageIds(messageIds: number[], language: string) {
    return this.prisma.messageTranslation.findMany({ // error: isolation/missing-owner-filter
      where: { messageId: { in: messageIds }, language },
    });
  }

  findOne(messageId: number, language: string) {
    return this.prisma.messageTranslation.findUnique({ // error: isolation/ownership-check-after-use
      where: { messageId_language: { messageId, language } },
    });
  }

  /** The caller has read the messages in the user's scope. */
  createMany(translations: NewTranslation[]) {
    return this.prisma.messageTranslation.createMany({ data: translations, skipDuplicates: true });
  }

  findWords(messageId: number, userId: string) {
    return this.prisma.messageWordTranslation.findMany({
      where: { messageId, message: { session: { userId } } },
      orderBy: { id: 'asc' },
      take: 500,
    });
  }

  async saveWords(messageId: number, words: WordMeaning[]): Promise<void> {
    for (const group of chunk(words, INSERT_SIZE)) {
      await this.prisma.messageWordTranslation.createMany({
        data: group.map((word) => ({ ...word, messageId })),
        skipDuplicates: true,
      });
    }
  }
}
