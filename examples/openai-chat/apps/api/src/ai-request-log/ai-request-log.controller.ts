import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { UserRole } from '@prisma/client';
import { Type } from 'class-transformer';
import { IsDate, IsString } from 'class-validator';
import { Roles } from '../auth/roles.decorator';
import { PageQueryDto } from '../common/dto/page-query.dto';
import { AiRequestLogRepository } from './ai-request-log.repository';

export class UsageQueryDto {
  @Type(() => Date)
  @IsDate()
  since: Date;
}

export class UsageByQueryDto extends UsageQueryDto {
  @IsString()
  column: string;
}

@Controller('admin/ai-request-logs')
@Roles(UserRole.ADMIN)
export class AiRequestLogController {
  constructor(private readonly logs: AiRequestLogRepository) {}

  @Get()
  list(@Query() query: PageQueryDto) {
    return this.logs.findPage(query.cursor, query.limit);
  }

  @Get('usage-by')
  usageBy(@Query() query: UsageByQueryDto) {
    return this.logs.usageBy(query.column, query.since);
  }

  @Get('usage-ordered')
  usageOrdered(@Query() query: UsageByQueryDto) {
    return this.logs.usageOrdered(query.column, query.since);
  }

  @Delete('models/:model')
  forgetModel(@Param('model') model: string) {
    return this.logs.forgetModel(model);
  }

  @Get('usage')
  usage(@Query() query: UsageQueryDto) {
    return this.logs.usageSince(query.since);
  }
}
