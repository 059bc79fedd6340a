import { Module } from '@nestjs/common';
import { PrismaService } from '../prisma/prisma.service';
import { MaintenanceController } from './maintenance.controller';
import { MaintenanceService } from './maintenance.service';
import { UpkeepService } from './upkeep.service';

@Module({
  controllers: [MaintenanceController],
  providers: [MaintenanceService, UpkeepService, PrismaService], // error: query/multiple-clients
})
export class MaintenanceModule {}
