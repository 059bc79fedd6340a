import { Body, Controller, Post, UseGuards } from '@nestjs/common';
import { SessionGuard } from './auth';
import { PrismaService } from './prisma.service';

@Controller('users')
@UseGuards(SessionGuard)
export class UsersController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  invite(@Body() body: { email: string }) {
    return this.prisma.user.create({ data: { email: body.email } }); // error: query/error-unmapped
  }
}
