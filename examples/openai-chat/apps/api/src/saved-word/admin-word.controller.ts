import { Get } from '@nestjs/common';
import { AdminController } from '../admin/admin.decorator';
import { PrismaService } from '../prisma/prisma.service';

@AdminController('words')
export class AdminWordController {
  constructor(private readonly prisma: PrismaService) {}

  @Get('popular')
  async popular() {
    const words = await this.prisma.savedWord.findMany({ // error: query/unbounded-find-many
      select: { originalWord: true },
    });
    const counts = new Map<string, number>();
    for (const { originalWord } of words) {
      counts.set(originalWord, (counts.get(originalWord) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20);
  }
}
