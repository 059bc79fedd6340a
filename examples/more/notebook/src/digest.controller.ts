import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaService } from './prisma.service';

interface Kept {
  set(key: string, value: unknown, ttl: number): Promise<void>;
}

@Controller('digest')
@UseGuards(SessionGuard)
export class DigestController {
  constructor(
    private readonly prisma: PrismaService,
    @Inject('CACHE') private readonly cache: Kept,
  ) {}

  @Get()
  async starred(@CurrentUser() user: { id: string }) {
    const notes = await this.prisma.note.findMany({
      where: { userId: user.id, starred: true },
      orderBy: { id: 'asc' },
      take: 20,
    });
    await this.cache.set('digest', notes, 60_000); // error: isolation/cache-key-unscoped
    return notes;
  }
}
