import { Controller, Get, NotFoundException, Param, ParseIntPipe, Post, UseGuards } from '@nestjs/common';
import { CurrentUser, Person, SignedInGuard } from './auth';
import { PrismaService } from './prisma.service';

@UseGuards(SignedInGuard)
@Controller('chats')
export class ChatsController {
  constructor(private readonly prisma: PrismaService) {}

  @Get(':id/messages')
  async history(@CurrentUser() person: Person, @Param('id', ParseIntPipe) id: number) {
    const chat = await this.own(person, id);
    return this.prisma.message.findMany({ // error: domain/message-ordering-ambiguous
      where: { chatId: chat.id },
      select: { role: true, content: true, createdAt: true, translations: { select: { language: true, text: true } } },
      orderBy: { createdAt: 'asc' },
    });
  }

  @Post(':id/messages/:text')
  async say(@CurrentUser() person: Person, @Param('id', ParseIntPipe) id: number, @Param('text') text: string) {
    const chat = await this.own(person, id);
    const answer = text.toUpperCase();
    await this.prisma.message.createMany({
      data: [
        { chatId: chat.id, role: 'user', content: text, rawRequest: { messages: [text] } },
        { chatId: chat.id, role: 'assistant', content: answer },
      ],
    });
    return { answer };
  }

  @Post(':id/like')
  async like(@CurrentUser() person: Person, @Param('id', ParseIntPipe) id: number) {
    const chat = await this.own(person, id);
    const userId = person.id;
    const known = await this.prisma.like.findFirst({ where: { userId, chatId: chat.id }, select: { id: true } });
    if (!known) {
      await this.prisma.like.create({ data: { userId, chatId: chat.id } });
    }
  }

  @Post(':id/drafts/:text')
  async draft(@CurrentUser() person: Person, @Param('id', ParseIntPipe) id: number, @Param('text') text: string) {
    const chat = await this.own(person, id);
    await this.prisma.draft.create({ data: { userId: person.id, chatId: chat.id, text } });
  }

  @Post(':id/messages/:message/translations/:language/:text')
  async translate(
    @CurrentUser() person: Person,
    @Param('id', ParseIntPipe) id: number,
    @Param('message', ParseIntPipe) messageId: number,
    @Param('language') language: string,
    @Param('text') text: string,
  ) {
    const chat = await this.own(person, id);
    const message = await this.prisma.message.findFirst({
      where: { id: messageId, chatId: chat.id },
      select: { id: true },
    });
    if (!message) {
      throw new NotFoundException();
    }
    await this.prisma.messageTranslation.create({ data: { messageId: message.id, language, text } });
  }

  @Get('drafts/all')
  drafts(@CurrentUser() person: Person) {
    return this.prisma.draft.findMany({
      where: { userId: person.id },
      select: { id: true, text: true },
      orderBy: { id: 'desc' },
      take: 20,
    });
  }

  private async own(person: Person, id: number) {
    const chat = await this.prisma.chat.findFirst({ where: { id, userId: person.id }, select: { id: true } });
    if (!chat) {
      throw new NotFoundException();
    }
    return chat;
  }
}
