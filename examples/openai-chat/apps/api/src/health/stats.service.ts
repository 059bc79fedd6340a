import { Injectable } from '@nestjs/common';
import { PrismaService } from '../prisma/prisma.service';

@Injectable()
export class StatsService {
  constructor(private readonly prisma: PrismaService) {}

  async totals() {
    const db = this.prisma as any;
    const [users, bots, messages] = await Promise.all([
      db.user.count(),
      db.bot.groupBy({ by: ['language'], _count: true }), // error: consistency/unknown-model
      db.message.count(),
    ]);
    return { users, bots, messages };
  }
}
