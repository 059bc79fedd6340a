import { Controller, Get, Param, Post, Req, UseGuards } from '@nestjs/common';
import { PrismaService } from './prisma.service';
import { SessionGuard } from './session.guard';

@UseGuards(SessionGuard)
@Controller('visits')
export class VisitsController {
  constructor(private readonly prisma: PrismaService) {}

  @Get('mine')
  mine(@Req() request: { user: { id: string } }) {
    return this.prisma.visit.findMany({ // error: index/owner-filter-without-index
      where: { userId: request.user.id },
      select: { site: true, at: true },
      orderBy: { id: 'desc' },
      take: 50,
    });
  }

  @Get('sites/:site')
  async count(@Param('site') site: string) {
    return { visits: await this.prisma.hit.count({ where: { site } }) }; // error: index/query-without-index
  }

  @Post('sites/:site')
  async add(@Param('site') site: string, @Req() request: { user: { id: string } }) {
    await this.prisma.hit.create({ data: { site } });
    await this.prisma.visit.create({ data: { site, userId: request.user.id } });
  }
}
