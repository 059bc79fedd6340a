import { Module } from '@nestjs/common';
import { PrismaService } from '../prisma/prisma.service';
import { MaintenanceController } from './maintenance.controller';
import { MaintenanceService } from './maintenance.service';

@Module({
  controllers: [MaintenanceController],
  providers: [MaintenanceService, PrismaService], // error: query/multiple-clients
})
export class MaintenanceModule {}
