import { Controller, Get, Param, Post, UseGuards } from '@nestjs/common';
import { CurrentUser, Person, SignedInGuard } from './auth';
import { PrismaService } from './prisma.service';

@UseGuards(SignedInGuard)
@Controller('notes')
export class NotesController {
  constructor(private readonly prisma: PrismaService) {}

  @Post('lists/:name')
  async list(@CurrentUser() person: Person, @Param('name') name: string) {
    await this.prisma.list.create({ data: { userId: person.id, name } }); // error: query/error-unmapped
  }

  @Post('remarks/:text')
  async remark(@Param('text') text: string) {
    await this.prisma.remark.create({ data: { text } });
  }

  @Get('remarks')
  remarks() {
    return this.prisma.remark.findMany({ select: { text: true }, orderBy: { id: 'desc' }, take: 20 });
  }

  @Get('keys/:provider')
  async hasKey(@CurrentUser() person: Person, @Param('provider') provider: string) {
    const key = await this.prisma.serviceKey.findFirst({
      where: { userId: person.id, provider },
      select: { id: true },
    });
    return { known: key !== null };
  }
}
