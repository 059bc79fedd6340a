import { Injectable, NotFoundException } from '@nestjs/common';
import { MessageRepository } from '../message/message.repository';
import { OpenAiService } from '../openai/openai.service';
import { MessageTranslationRepository } from './message-translation.repository';

@Injectable()
export class MessageTranslationService {
  constructor(
    private readonly messages: MessageRepository,
    private readonly openai: OpenAiService,
    private readonly translations: MessageTranslationRepository,
  ) {}

  async translate(messageIds: number[], language: string, userId: string) {
    const messages = await this.messages.findByIdsAndUserId(messageIds, userId);
    const known = await this.translations.findByMessageIds(messageIds, language);
    const translated = new Set(known.map((translation) => translation.messageId));
    const missing = messages.filter((message) => !translated.has(message.id));
    const fresh = await Promise.all(
      missing.map(async (message) => ({
        messageId: message.id,
        language,
        translation: await this.openai.translate(message.content, language),
      })),
    );
    await this.translations.createMany(fresh);
    return [...known, ...fresh];
  }

  async translation(messageId: number, language: string, userId: string) {
    const known = await this.translations.findOne(messageId, language);
    if (known) {
      return known;
    }
    const [message] = await this.messages.findByIdsAndUserId([messageId], userId);
    if (!message) {
      throw new NotFoundException(`Message ${messageId} was not found`);
    }
    const translation = await this.openai.translate(message.content, language);
    await this.translations.createMany([{ messageId, language, translation }]);
    return { messageId, language, translation };
  }

  async words(messageId: number, userId: string) {
    const [message] = await this.messages.findByIdsAndUserId([messageId], userId);
    if (!message) {
      throw new NotFoundException(`Message ${messageId} was not found`);
    }
    const known = await this.translations.findWords(message.id, userId);
    if (known.length > 0) {
      return known;
    }
    await this.translations.saveWords(message.id, await this.openai.explainWords(message.content));
    return this.translations.findWords(message.id, userId);
  }
}
