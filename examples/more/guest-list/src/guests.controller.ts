import { Body, Controller, Post } from '@nestjs/common';
import { IsEmail, IsOptional, IsString, MaxLength } from 'class-validator';
import { PrismaService } from './prisma.service.js';

export class Invitation {
  @IsEmail()
  email: string;

  @IsString()
  @MaxLength(200) // error: consistency/length-mismatch
  name: string;

  @IsOptional()
  @IsString()
  table?: string; // error: consistency/dto-nullability

  @IsString() // error: consistency/dto-validator-mismatch
  from: string;
}

@Controller('guests')
export class GuestsController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  async invite(@Body() body: Invitation) {
    const email = body.email;
    return this.prisma.guest.upsert({
      where: { email },
      create: { email, name: body.name, table: body.table!, from: body.from },
      update: {},
      select: { id: true },
    });
  }
}
