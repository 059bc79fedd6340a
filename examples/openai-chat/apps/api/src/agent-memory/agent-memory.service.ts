import { Injectable, NotFoundException } from '@nestjs/common';
import { LIMITS } from '@openai-chat/utils';
import { AgentService } from '../agent/agent.service';
import { OpenAiService } from '../openai/openai.service';
import { AgentMemoryRepository } from './agent-memory.repository';

@Injectable()
export class AgentMemoryService {
  constructor(
    private readonly agents: AgentService,
    private readonly memories: AgentMemoryRepository,
    private readonly openai: OpenAiService,
  ) {}

  async recall(agentId: number, userId: string, question: string) {
    const embedding = await this.openai.embed(question);
    return this.memories.findSimilar(agentId, userId, embedding, LIMITS.MEMORIES_PER_PROMPT);
  }

  async remember(agentId: number, userId: string, keyPoint: string) {
    const agent = await this.agents.findOwned(agentId, userId);
    return this.memories.create(agent.id, userId, keyPoint, await this.openai.embed(keyPoint));
  }

  async reword(id: number, userId: string, keyPoint: string): Promise<void> {
    const embedding = await this.openai.embed(keyPoint);
    if (!(await this.memories.reword(id, userId, keyPoint, embedding))) {
      throw new NotFoundException(`Memory ${id} was not found`);
    }
  }
}
