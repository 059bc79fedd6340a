import { Body, Controller, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { TranslateMessagesDto } from './message-translation.dto';
import { MessageTranslationService } from './message-translation.service';

@Controller('messages')
export class MessageTranslationController {
  constructor(private readonly translations: MessageTranslationService) {}

  @Post('translations')
  translate(@CurrentUser() user: AuthUser, @Body() dto: TranslateMessagesDto) {
    return this.translations.translate(dto.messageIds, dto.language, user.id);
  }

  @Get(':id/translations/:language')
  translation(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Param('language') language: string,
  ) {
    return this.translations.translation(id, language, user.id);
  }

  @Get(':id/words')
  words(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.translations.words(id, user.id);
  }
}
