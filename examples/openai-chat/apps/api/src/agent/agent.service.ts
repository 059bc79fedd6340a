import { Injectable } from '@nestjs/common';
import { AgentNotFoundException } from './agent-not-found.exception';
import { AgentConfigs, AgentRepository } from './agent.repository';

@Injectable()
export class AgentService {
  private readonly promptCache = new Map<number, string>();

  constructor(private readonly agents: AgentRepository) {}

  async findOwned(id: number, userId: string) {
    const agent = await this.agents.findByIdAndUserId(id, userId);
    if (!agent) {
      throw new AgentNotFoundException(id);
    }
    return agent;
  }

  async prompt(id: number, userId: string): Promise<string> {
    const agent = await this.findOwned(id, userId);
    const cached = this.promptCache.get(agent.id);
    if (cached !== undefined) {
      return cached;
    }
    const prompt = [agent.description, `Answer length: ${agent.responseLength.toLowerCase()}.`]
      .filter(Boolean)
      .join('\n');
    this.promptCache.set(agent.id, prompt);
    return prompt;
  }

  async setConfigs(id: number, userId: string, configs: AgentConfigs): Promise<void> {
    await this.agents.replaceConfigs(id, userId, configs);
    this.promptCache.delete(id);
  }

  async remove(id: number, userId: string): Promise<void> {
    if (!(await this.agents.delete(id, userId))) {
      throw new AgentNotFoundException(id);
    }
    this.promptCache.delete(id);
  }
}
