import { Injectable } from '@nestjs/common';
import { PrismaService } from '../prisma/prisma.service';

@Injectable()
export class StatsService {
  private readonly db: any;

  constructor(prisma: PrismaService) {
    this.db = prisma;
  }

  async totals() {
    const [users, bots, messages] = await Promise.all([
      this.db.user.count(),
      this.db.bot.count(), // error: consistency/unknown-model
      this.db.message.count(),
    ]);
    return { users, bots, messages };
  }
}
