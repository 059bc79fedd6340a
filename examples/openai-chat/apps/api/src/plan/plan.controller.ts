import { Controller, Get, Query } from '@nestjs/common';
import { pageSize } from '@openai-chat/utils';
import { PageQueryDto } from '../common/dto/page-query.dto';
import { PrismaService } from '../prisma/prisma.service';

const OFFER = { id: true, name: true, credit: true } as const;

interface PlanOffer {
  id: number;
  name: string;
  credit: string;
  currency: string; // error: consistency/dto-missing-field
}

@Controller('plans')
export class PlanController {
  constructor(private readonly prisma: PrismaService) {}

  @Get()
  list(@Query() query: PageQueryDto) {
    return this.prisma.plan.findMany({
      where: { deletedAt: null },
      select: OFFER,
      orderBy: { id: 'asc' },
      take: pageSize(query.limit),
    });
  }

  @Get('count')
  count() {
    return this.prisma.plan.count({ where: { deletedAt: null } });
  }

  @Get('first')
  first(): Promise<PlanOffer | null> {
    const first = this.prisma.plan.findFirst({ where: { deletedAt: null }, select: OFFER, orderBy: { id: 'asc' } });
    return first as unknown as Promise<PlanOffer | null>;
  }

  @Get('names')
  names() {
    return this.prisma.plan.findMany({ select: { name: true }, orderBy: { id: 'asc' }, take: 50 }); // error: query/soft-delete-unfiltered
  }
}
