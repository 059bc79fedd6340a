import { Body, Controller, Delete, Param, ParseIntPipe, Patch, UseGuards } from '@nestjs/common';
import { BadgeGuard } from './badge.guard.js';
import { DutyGuard, NeedsRole } from './duty.guard.js';
import { PrismaService } from './prisma.service.js';

@Controller('rooms')
export class RoomsController {
  constructor(private readonly prisma: PrismaService) {}

  @Patch(':id') // error: isolation/guard-metadata-unread
  @NeedsRole('ADMIN')
  @UseGuards(BadgeGuard)
  async move(@Param('id', ParseIntPipe) id: number, @Body('floor', ParseIntPipe) floor: number) {
    await this.prisma.room.updateMany({ where: { id }, data: { floor } });
  }

  @Delete(':id')
  @NeedsRole('ADMIN')
  @UseGuards(BadgeGuard, DutyGuard)
  async close(@Param('id', ParseIntPipe) id: number) {
    await this.prisma.room.deleteMany({ where: { id } });
  }
}
