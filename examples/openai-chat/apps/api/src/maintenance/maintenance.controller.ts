import { Controller, Get, UseGuards } from '@nestjs/common';
import { RolesGuard } from '../auth/roles.guard';
import { PrismaService } from '../prisma/prisma.service';

@Controller('admin/maintenance')
@UseGuards(RolesGuard)
export class MaintenanceController {
  constructor(private readonly prisma: PrismaService) {}

  @Get('sessions') // error: isolation/roles-guard-without-metadata
  sessions() {
    return this.prisma.chatSession.count();
  }
}
