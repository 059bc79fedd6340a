import { Controller, Get, NotFoundException, Param, ParseIntPipe, Post, UseGuards } from '@nestjs/common';
import { CurrentUser, Person, SignedInGuard } from './auth';
import { Messages } from './messages';
import { PrismaService } from './prisma.service';

@UseGuards(SignedInGuard)
@Controller('chats')
export class ChatsController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly messages: Messages,
  ) {}

  @Get(':id/messages')
  history(@CurrentUser() person: Person, @Param('id', ParseIntPipe) id: number) {
    return this.messages.recent(id, person.id, 20);
  }

  @Post(':id/messages/:text')
  async say(@CurrentUser() person: Person, @Param('id', ParseIntPipe) id: number, @Param('text') text: string) {
    const chat = await this.prisma.chat.findFirst({ where: { id, userId: person.id }, select: { id: true } });
    if (!chat) {
      throw new NotFoundException();
    }
    await this.prisma.message.createMany({
      data: [
        { chatId: chat.id, role: 'USER', content: text },
        { chatId: chat.id, role: 'ASSISTANT', content: text.toUpperCase() },
      ],
    });
  }
}
