import { Injectable, Logger } from '@nestjs/common';
import type { Agent, AgentType, ChatSession } from '@prisma/client';
import { PrismaService } from '../prisma/prisma.service';

/** What those who run the system do by hand. */
@Injectable()
export class MaintenanceService {
  private readonly logger = new Logger(MaintenanceService.name);

  constructor(private readonly prisma: PrismaService) {}

  async replaceWords(messageId: number, words: { originalWord: string; translation: string }[]): Promise<void> {
    await this.prisma.messageWordTranslation.deleteMany({ where: { messageId } });
    await this.prisma.messageWordTranslation.createMany({ // error: query/missing-transaction
      data: words.map((word) => ({ ...word, messageId })),
    });
  }

  async forgetSetting(configKey: string, agentType: AgentType): Promise<void> {
    const setting = await this.prisma.systemConfig.findFirst({ where: { configKey, agentType } });
    if (setting) {
      await this.prisma.systemConfig.deleteMany({ where: { configKey: setting.configKey } }); // error: query/partial-key-delete
    }
  }

  async heading(sessionId: number): Promise<string> {
    const session = (await this.prisma.chatSession.findUniqueOrThrow({
      where: { id: sessionId },
    })) as ChatSession & { agent: Agent };
    return `${session.sessionName} with ${session.agent.name}`; // error: query/relation-not-loaded
  }

  async wordsOf(userId: string) {
    try {
      return await this.prisma.savedWord.findMany({ where: { userId }, orderBy: { id: 'asc' }, take: 200 });
    } catch (error) {
      this.logger.error('could not read the words', error);
      return []; // error: query/swallowed-error
    }
  }

  turns(sessionId: number) {
    return this.prisma.message.findMany({
      where: { sessionId },
      orderBy: { id: 'asc' },
      take: 200,
      select: { // error: query/overfetch
        id: true,
        sessionId: true,
        role: true,
        content: true,
        rawRequest: true,
        rawResponse: true,
        createdAt: true,
      },
    });
  }

  async correct(memoryId: number, keyPoint: string): Promise<void> {
    await this.prisma.agentMemory.update({
      where: { id: memoryId },
      data: { keyPoint }, // error: vector/embedding-stale
    });
  }
}
