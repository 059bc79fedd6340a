import { Body, Controller, Param, ParseIntPipe, Post } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { ChatService } from './chat.service';

export class SendMessageDto {
  @IsString()
  @Length(1, 8000)
  content: string;
}

@Controller('sessions/:sessionId/turns')
export class ChatController {
  constructor(private readonly chat: ChatService) {}

  @Post()
  send(
    @CurrentUser() user: AuthUser,
    @Param('sessionId', ParseIntPipe) sessionId: number,
    @Body() dto: SendMessageDto,
  ) {
    return this.chat.send(sessionId, user.id, dto.content);
  }
}
