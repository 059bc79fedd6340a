import { Delete, Get, Param, ParseIntPipe, Query } from '@nestjs/common';
import { pageSize } from '@openai-chat/utils';
import { PageQueryDto } from '../common/dto/page-query.dto';
import { PrismaService } from '../prisma/prisma.service';
import { AdminController } from './admin.decorator';

@AdminController('agents')
export class AdminAgentController {
  constructor(private readonly prisma: PrismaService) {}

  @Get()
  async list(@Query() query: PageQueryDto) {
    const agents = await this.prisma.agent.findMany({
      where: query.cursor === undefined ? {} : { id: { gt: query.cursor } },
      select: { id: true, userId: true, name: true, agentType: true },
      orderBy: { id: 'asc' },
      take: pageSize(query.limit),
    });
    const counts = await this.prisma.chatSession.groupBy({
      by: ['agentId'],
      where: { agentId: { in: agents.map((agent) => agent.id) } },
      _count: true,
    });
    const sessions = new Map(counts.map((row) => [row.agentId, row._count]));
    return agents.map((agent) => ({ ...agent, sessions: sessions.get(agent.id) ?? 0 }));
  }

  @Get(':id')
  get(@Param('id', ParseIntPipe) id: number) {
    return this.prisma.agent.findUniqueOrThrow({ where: { id }, include: { tags: true } });
  }

  @Delete(':id')
  remove(@Param('id', ParseIntPipe) id: number) {
    return this.prisma.agent.delete({ where: { id } });
  }
}
