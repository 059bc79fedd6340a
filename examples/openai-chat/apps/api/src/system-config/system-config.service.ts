import { Injectable } from '@nestjs/common';
import { AgentType, Prisma } from '@prisma/client';
import { PrismaService } from '../prisma/prisma.service';

export const SYSTEM_PROMPT = 'system_prompt';

@Injectable()
export class SystemConfigService {
  constructor(private readonly prisma: PrismaService) {}

  findAll() {
    return this.prisma.systemConfig.findMany({ orderBy: { configKey: 'asc' }, take: 200 });
  }

  /** The prompt of an agent type, or else the one of the whole system. */
  async systemPrompt(agentType: AgentType): Promise<string> {
    const found = await this.prisma.systemConfig.findMany({
      where: { configKey: SYSTEM_PROMPT, OR: [{ agentType }, { agentType: null }] },
      take: 2,
    });
    const own = found.find((config) => config.agentType === agentType) ?? found[0];
    return typeof own?.configValue === 'string' ? own.configValue : '';
  }

  async set(configKey: string, agentType: AgentType | null, configValue: Prisma.InputJsonValue) {
    const { count } = await this.prisma.systemConfig.updateMany({
      where: { configKey, agentType },
      data: { configValue },
    });
    if (count === 0) {
      await this.prisma.systemConfig.create({ data: { configKey, agentType, configValue } });
    }
  }
}
