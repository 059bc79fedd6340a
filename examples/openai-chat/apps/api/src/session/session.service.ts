import { Injectable, NotFoundException } from '@nestjs/common';
import { AgentService } from '../agent/agent.service';
import { SessionRepository } from './session.repository';

@Injectable()
export class SessionService {
  constructor(
    private readonly agents: AgentService,
    private readonly sessions: SessionRepository,
  ) {}

  async findOwned(id: number, userId: string) {
    const session = await this.sessions.findByIdAndUserId(id, userId);
    if (!session) {
      throw new NotFoundException(`Session ${id} was not found`);
    }
    return session;
  }

  async start(userId: string, agentId: number, sessionName: string | undefined) {
    const agent = await this.agents.findOwned(agentId, userId);
    return this.sessions.create(userId, agent.id, sessionName);
  }
}
