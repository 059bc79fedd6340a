import { Body, Controller, Post } from '@nestjs/common';
import { IsEmail } from 'class-validator';
import { PrismaService } from './prisma.service.js';

export class Invitation {
  @IsEmail()
  email: string;
}

@Controller('guests')
export class GuestsController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  async invite(@Body() body: Invitation) {
    const email = body.email;
    return this.prisma.guest.upsert({
      where: { email },
      create: { email },
      update: {},
      select: { id: true },
    });
  }
}
