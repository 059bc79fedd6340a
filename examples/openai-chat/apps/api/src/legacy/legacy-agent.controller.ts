import { Body, Controller, Param, ParseIntPipe, Patch, Post } from '@nestjs/common';
import { Prisma } from '@prisma/client';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { PrismaService } from '../prisma/prisma.service';

@Controller('legacy-agents')
export class LegacyAgentController {
  constructor(private readonly prisma: PrismaService) {}

  @Patch(':id')
  update(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Body() body: Prisma.AgentUncheckedUpdateInput,
  ) {
    return this.prisma.agent.update({
      where: { id, userId: user.id },
      data: body, // error: security/mass-assignment
      select: { id: true },
    });
  }

  @Post('search')
  search(@CurrentUser() user: AuthUser, @Body('filter') filter: Prisma.AgentWhereInput) {
    return this.prisma.agent.findMany({
      where: { ...filter, userId: user.id }, // error: security/user-controlled-query-shape
      select: { id: true, name: true },
      orderBy: { id: 'asc' },
      take: 20,
    });
  }

  @Post('tags')
  findTag(@Body('slug') slug: string) {
    return this.prisma.tag.findFirst({
      where: { slug }, // error: security/operator-injection
      select: { id: true, slug: true },
    });
  }
}
