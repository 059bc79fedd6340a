import { Controller, Get, UseGuards } from '@nestjs/common';
import { ClerkGuard, CurrentUser } from './auth.js';
import { PrismaService } from './prisma.service.js';

@Controller('notes')
@UseGuards(ClerkGuard)
export class NotesController {
  constructor(private readonly prisma: PrismaService) {}

  @Get('me')
  async me(@CurrentUser() user: { clerkUserId: string }) {
    const known = await this.prisma.user.findUnique({ where: { clerkUserId: user.clerkUserId } });
    if (known) {
      return known;
    }
    return this.prisma.user.create({ data: { clerkUserId: user.clerkUserId } }); // error: security/clerk-user-race
  }

  @Get()
  list(@CurrentUser() user: { clerkUserId: string }) {
    return this.prisma.note.findMany({
      where: { userId: user.clerkUserId }, // error: security/clerk-id-mismatch
      orderBy: { id: 'asc' },
      take: 50,
    });
  }
}
