import { ArrayMaxSize, IsIn, IsInt } from 'class-validator';
import { LANGUAGES } from '@openai-chat/utils';

export class TranslateMessagesDto {
  @IsInt({ each: true })
  @ArrayMaxSize(50)
  messageIds: number[];

  @IsIn(LANGUAGES)
  language: string;
}
