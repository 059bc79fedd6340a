import { Injectable } from '@nestjs/common';
import type { Prisma } from '@prisma/client';
import { pageSize } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';
import type { CreateAgentDto, UpdateAgentDto } from './dto/agent.dto';

export type AgentConfigs = Record<string, Prisma.InputJsonValue>;

@Injectable()
export class AgentRepository {
  constructor(private readonly prisma: PrismaService) {}

  findByIdAndUserId(id: number, userId: string) {
    return this.prisma.agent.findFirst({
      where: { id, userId },
      include: { tags: true },
    });
  }

  findPage(userId: string, cursor: number | undefined, limit: number | undefined) {
    return this.prisma.agent.findMany({
      where: { userId, ...(cursor === undefined ? {} : { id: { gt: cursor } }) },
      orderBy: { id: 'asc' },
      take: pageSize(limit),
    });
  }

  create(userId: string, dto: CreateAgentDto) {
    return this.prisma.agent.create({
      data: {
        userId,
        name: dto.name,
        description: dto.description,
        agentType: dto.agentType,
        responseLength: dto.responseLength,
        language: dto.language,
        temperature: dto.temperature,
        maxTokens: dto.maxTokens ?? 2048, // error: consistency/default-conflict
      },
    });
  }

  update(id: number, userId: string, dto: UpdateAgentDto) {
    return this.prisma.agent.update({
      where: { id, userId },
      data: {
        name: dto.name,
        description: dto.description,
        responseLength: dto.responseLength,
        temperature: dto.temperature,
      },
    });
  }

  resetLimits(id: number, userId: string) {
    const defaults: Record<string, unknown> = {
      temperature: 0.7,
      maxTokens: '1024', // error: consistency/type-mismatch
    };
    return this.prisma.agent.update({ where: { id, userId }, data: defaults });
  }

  async delete(id: number, userId: string): Promise<boolean> {
    const { count } = await this.prisma.agent.deleteMany({ where: { id, userId } });
    return count > 0;
  }

  findConfigs(agentId: number, userId: string) {
    return this.prisma.agentConfig.findMany({
      where: { agentId, agent: { userId } },
      orderBy: { configKey: 'asc' },
      take: 100,
    });
  }

  async replaceConfigs(agentId: number, userId: string, configs: AgentConfigs): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const agent = await tx.agent.findFirstOrThrow({
        where: { id: agentId, userId },
        select: { id: true },
      });
      for (const [configKey, configValue] of Object.entries(configs)) {
        await tx.agentConfig.upsert({ // error: query/loop-write
          where: { agentId_configKey: { agentId: agent.id, configKey } },
          create: { agentId: agent.id, configKey, configValue },
          update: { configValue },
        });
      }
    });
  }
}
