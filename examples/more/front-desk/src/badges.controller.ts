import { Body, Controller, NotFoundException, ParseIntPipe, Post } from '@nestjs/common';
import { sign } from 'jsonwebtoken';
import { pass } from './passes.js';
import { PrismaService } from './prisma.service.js';

@Controller('badges')
export class BadgesController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  async hand(@Body('userId', ParseIntPipe) userId: number) {
    const user = await this.prisma.user.findUnique({ where: { id: userId }, select: { id: true, role: true } });
    if (!user) {
      throw new NotFoundException();
    }
    const secret = process.env.BADGE_SECRET;
    if (!secret) {
      throw new Error('BADGE_SECRET is not set');
    }
    return { badge: sign({ sub: user.id, role: user.role }, secret, { expiresIn: '1d' }) }; // error: security/token-for-anyone
  }

  /** What lets whoever asks in again tomorrow, and what is kept of it. */
  @Post('pass')
  pass(@Body('number', ParseIntPipe) number: number) {
    return pass(number, process.env.BADGE_SECRET ?? '');
  }

  /** A code that opens a door once. */
  @Post('code')
  code() {
    const otp = Math.floor(1000 + Math.random() * 9000); // error: security/insecure-random
    return { otp };
  }
}
