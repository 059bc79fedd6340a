import { Controller, Get, Param, ParseIntPipe, Query } from '@nestjs/common';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { PageQueryDto } from '../common/dto/page-query.dto';
import { MessageRepository } from './message.repository';

@Controller('sessions/:sessionId/messages')
export class MessageController {
  constructor(private readonly messages: MessageRepository) {}

  @Get('count')
  count(@CurrentUser() user: AuthUser, @Param('sessionId', ParseIntPipe) sessionId: number) {
    return this.messages.countAnswers(sessionId, user.id);
  }

  @Get()
  list(
    @CurrentUser() user: AuthUser,
    @Param('sessionId', ParseIntPipe) sessionId: number,
    @Query() query: PageQueryDto,
  ) {
    return this.messages.findPage(sessionId, user.id, query.cursor, query.limit);
  }
}
