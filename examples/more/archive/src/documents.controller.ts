import { Controller, Get, Param, ParseIntPipe, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaService } from './prisma.service';
import { Tenancy } from './tenancy';

@Controller('documents')
@UseGuards(SessionGuard)
export class DocumentsController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly tenancy: Tenancy,
  ) {}

  @Get()
  list(@CurrentUser() user: { id: string }) {
    return this.tenancy.as(user.id, (tx) => tx.document.findMany({ orderBy: { id: 'asc' }, take: 50 }));
  }

  @Get(':id')
  one(@CurrentUser() user: { id: string }, @Param('id', ParseIntPipe) id: number) {
    return this.prisma.document.findFirst({ where: { id, ownerId: user.id } }); // error: isolation/rls-context-not-set
  }
}
