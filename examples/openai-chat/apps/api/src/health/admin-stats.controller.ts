import { Get } from '@nestjs/common';
import { AdminController } from '../admin/admin.decorator';
import { StatsService } from './stats.service';

@AdminController('stats')
export class AdminStatsController {
  constructor(private readonly stats: StatsService) {}

  @Get()
  totals() {
    return this.stats.totals();
  }
}
