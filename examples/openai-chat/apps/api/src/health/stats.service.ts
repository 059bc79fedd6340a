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
      db.message.count(), // error: scale/heavy-aggregate
    ]);
    return { users, bots, messages };
  }

  /** The dashboard's own calls show up in the log, too. */
  async note(userId: string): Promise<void> {
    const db = this.prisma as any;
    await db.aiRequestLog.create({
      data: { userId, promptTokens: 0, completionTokens: 0, estimatedPrice: 0 }, // error: consistency/missing-required-field
    });
  }
}
