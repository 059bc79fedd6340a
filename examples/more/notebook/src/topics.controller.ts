import { Controller, Get, NotFoundException, Param, Post, Query, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaService } from './prisma.service';

@Controller('topics')
@UseGuards(SessionGuard)
export class TopicsController {
  constructor(private readonly prisma: PrismaService) {}

  @Get('mine')
  mine(@CurrentUser() user: { id: string }) {
    return this.prisma.sheet.findMany({ where: { userId: user.id }, orderBy: { id: 'asc' }, take: 50 });
  }

  @Get('sheets')
  sheets(@CurrentUser() user: { id: string }, @Query('all') all?: string) {
    return this.prisma.sheet.findMany({ // error: isolation/admin-bypass-implicit
      where: all === 'true' ? {} : { userId: user.id },
      orderBy: { id: 'asc' },
      take: 50,
    });
  }

  @Get(':id')
  topic(@Param('id') id: string) {
    return this.prisma.topic.findUnique({ // error: isolation/include-unscoped
      where: { id },
      include: { sheets: true },
    });
  }

  @Post('copies/:id')
  async copy(@CurrentUser() user: { id: string }, @Param('id') id: string) {
    const copy = await this.prisma.copy.findUnique({ where: { id } });
    if (!copy) {
      throw new NotFoundException();
    }
    await this.prisma.copy.create({ // error: isolation/cross-owner-reference
      data: { userId: user.id, sheetId: copy.sheetId },
    });
  }
}
