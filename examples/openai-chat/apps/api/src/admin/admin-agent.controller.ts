import { Delete, Get, Param, ParseIntPipe, ParseUUIDPipe, Query } from '@nestjs/common';
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
    return Promise.all(
      agents.map(async (agent) => ({
        ...agent,
        sessions: await this.prisma.chatSession.count({ where: { agentId: agent.id } }), // error: query/n-plus-one
      })),
    );
  }

  @Get(':id')
  get(@Param('id', ParseIntPipe) id: number) {
    return this.prisma.agent.findUniqueOrThrow({ where: { id }, include: { tags: true } });
  }

  @Delete(':id')
  remove(@Param('id', ParseUUIDPipe) id: number) { // error: consistency/id-type-mismatch
    return this.prisma.agent.delete({ where: { id } });
  }
}
