import { Body, ConflictException, Controller, Post, UseGuards } from '@nestjs/common';
import { Role } from '@prisma/client';
import { IsEmail, IsEnum } from 'class-validator';
import { BadgeGuard } from './badge.guard.js';
import { PrismaService } from './prisma.service.js';

export class Colleague {
  @IsEmail()
  email: string;

  @IsEnum(Role)
  role: Role;
}

@Controller('people')
@UseGuards(BadgeGuard)
export class PeopleController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  async add(@Body() body: Colleague) {
    const made = await this.prisma.user.createMany({
      data: [{ email: body.email, role: body.role }], // error: security/role-from-client
      skipDuplicates: true,
    });
    if (made.count === 0) {
      throw new ConflictException();
    }
  }
}
