import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { LIMITS } from '@openai-chat/utils';

export interface CompletionRequest {
  model: string;
  temperature: number;
  maxTokens: number;
  messages: ChatCompletionMessageParam[];
}

const HELPER_MODEL = 'gpt-4o-mini';

@Injectable()
export class OpenAiService {
  private readonly apiKey: string;

  constructor(config: ConfigService) {
    this.apiKey = config.getOrThrow<string>('OPENAI_API_KEY');
  }

  complete(request: CompletionRequest, apiKey: string | undefined) {
    return this.client(apiKey).chat.completions.create({
      model: request.model,
      temperature: request.temperature || 0.7, // error: consistency/falsy-default
      max_tokens: request.maxTokens,
      messages: request.messages,
    });
  }

  async embed(text: string): Promise<number[]> {
    const response = await this.client().embeddings.create({
      model: 'text-embedding-3-small',
      dimensions: LIMITS.EMBEDDING_DIMENSIONS,
      input: text,
    });
    return response.data[0]?.embedding ?? [];
  }

  translate(text: string, language: string): Promise<string> {
    return this.ask(`Translate into the language "${language}". Answer with the translation alone.`, text);
  }

  async explainWords(text: string) {
    const answer = await this.ask('List each word with its English meaning, one a line, as word=meaning.', text);
    return answer.split('\n').flatMap((line) => {
      const [originalWord, translation] = line.split('=');
      return originalWord && translation ? [{ originalWord, translation }] : [];
    });
  }

  private async ask(instruction: string, text: string): Promise<string> {
    const completion = await this.client().chat.completions.create({
      model: HELPER_MODEL,
      messages: [
        { role: 'system', content: instruction },
        { role: 'user', content: text },
      ],
    });
    return completion.choices[0]?.message.content ?? '';
  }

  private client(apiKey = this.apiKey): OpenAI {
    return new OpenAI({ apiKey });
  }
}
