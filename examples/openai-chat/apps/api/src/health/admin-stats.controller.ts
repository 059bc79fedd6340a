import { Get } from '@nestjs/common';
import { AdminController } from '../admin/admin.decorator';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { StatsService } from './stats.service';

@AdminController('stats')
export class AdminStatsController {
  constructor(private readonly stats: StatsService) {}

  @Get()
  async totals(@CurrentUser() user: AuthUser) {
    await this.stats.note(user.id);
    return this.stats.totals();
  }
}
