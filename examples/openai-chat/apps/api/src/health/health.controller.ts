import { Controller, Get } from '@nestjs/common';
import { Public } from '../auth/public.decorator';
import { PrismaService } from '../prisma/prisma.service';

@Controller('health')
export class HealthController {
  constructor(private readonly prisma: PrismaService) {}

  @Public()
  @Get()
  async check(): Promise<{ database: 'up' }> {
    await this.prisma.$queryRaw<{ up: number }[]>`SELECT 1 AS up`;
    return { database: 'up' };
  }
}
