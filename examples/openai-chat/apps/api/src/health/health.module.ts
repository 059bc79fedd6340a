import { Module } from '@nestjs/common';
import { AdminStatsController } from './admin-stats.controller';
import { HealthController } from './health.controller';
import { StatsService } from './stats.service';

@Module({ controllers: [HealthController, AdminStatsController], providers: [StatsService] })
export class HealthModule {}
