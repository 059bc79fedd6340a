import { ConflictException, Injectable } from '@nestjs/common';
import { AiRequestKind, ApiProvider, MessageRole, Prisma } from '@prisma/client';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { AgentService } from '../agent/agent.service';
import { AgentMemoryService } from '../agent-memory/agent-memory.service';
import { AiRequestLogRepository } from '../ai-request-log/ai-request-log.repository';
import { ApiCredentialsService } from '../api-credentials/api-credentials.service';
import { MessageRepository } from '../message/message.repository';
import { OpenAiService } from '../openai/openai.service';
import { SessionService } from '../session/session.service';
import { SystemConfigService } from '../system-config/system-config.service';

const ROLE_NAMES = {
  [MessageRole.USER]: 'user',
  [MessageRole.ASSISTANT]: 'assistant',
  [MessageRole.SYSTEM]: 'system',
} as const;

const PRICE_PER_TOKEN = new Prisma.Decimal('0.0000006');

@Injectable()
export class ChatService {
  constructor(
    private readonly agents: AgentService,
    private readonly configs: SystemConfigService,
    private readonly credentials: ApiCredentialsService,
    private readonly logs: AiRequestLogRepository,
    private readonly memories: AgentMemoryService,
    private readonly messages: MessageRepository,
    private readonly openai: OpenAiService,
    private readonly sessions: SessionService,
  ) {}

  async send(sessionId: number, userId: string, content: string) {
    const session = await this.sessions.findOwned(sessionId, userId);
    if (session.status === 'archived') {
      throw new ConflictException('The session is archived');
    }
    const agent = await this.agents.findOwned(session.agentId, userId);
    const history = await this.messages.findHistory(session.id, userId);
    const memories = await this.memories.recall(agent.id, userId, content);
    const instructions = [
      await this.configs.systemPrompt(agent.agentType),
      await this.agents.prompt(agent.id, userId),
      ...memories.map((memory) => memory.keyPoint),
    ];
    const messages: ChatCompletionMessageParam[] = [
      { role: 'system', content: instructions.join('\n') },
      ...history.map(({ role, content: text }) => ({ role: ROLE_NAMES[role], content: text })),
      { role: 'user', content },
    ];
    const request = {
      model: agent.model,
      temperature: agent.temperature,
      maxTokens: agent.maxTokens,
      messages,
    };
    const apiKey = await this.credentials.reveal(userId, ApiProvider.OPENAI);
    const completion = await this.openai.complete(request, apiKey);
    const usage = completion.usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    await this.logs.create({
      userId,
      agentId: agent.id,
      kind: AiRequestKind.CHAT,
      model: agent.model,
      promptTokens: usage.prompt_tokens,
      completionTokens: usage.completion_tokens,
      estimatedPrice: PRICE_PER_TOKEN.mul(usage.total_tokens),
    });
    return this.messages.saveTurn(session.id, userId, {
      question: content,
      answer: completion.choices[0]?.message.content ?? '',
      rawRequest: { model: request.model, turns: messages.length },
      rawResponse: { id: completion.id, totalTokens: usage.total_tokens },
    });
  }
}
