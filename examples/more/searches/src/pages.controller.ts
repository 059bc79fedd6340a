import { Controller, Get, Query } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

@Controller('pages')
export class PagesController {
  constructor(private readonly prisma: PrismaClient) {}

  @Get('largest')
  async largest() {
    return this.prisma.page.findFirst({ select: { id: true, bytes: true }, orderBy: { bytes: 'desc' } });
  }

  @Get('near')
  async near(@Query('vector') vector: string, @Query('owner') owner: string) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id
      FROM pages
      WHERE owner_id = ${owner} -- error: vector/filtered-search
        AND embedding <=> ${vector}::vector < 70 -- error: vector/threshold-out-of-range
      ORDER BY embedding <=> ${vector}::vector
      LIMIT 10
    `;
  }

  @Get('alike')
  async alike(@Query('vector') vector: string) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id
      FROM pages
      ORDER BY summary <-> ${vector}::vector -- error: vector/missing-index
      LIMIT 10
    `;
  }

  @Get('about')
  async about(@Query('vector') vector: string) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id
      FROM pages
      ORDER BY summary <=> ${vector}::vector -- error: vector/missing-index, vector/metric-inconsistent
      LIMIT 10
    `;
  }

  @Get('of')
  async of(@Query('day') day: string) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id
      FROM pages
      WHERE created_at::date = ${day}::date -- error: raw-sql/non-sargable
      LIMIT 10
    `;
  }
}
