import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { AgentType, UserRole } from '@prisma/client';
import { IsEnum, IsOptional, IsString, Length } from 'class-validator';
import { Roles } from '../auth/roles.decorator';
import { SystemConfigService } from './system-config.service';

export class SetConfigDto {
  @IsOptional()
  @IsEnum(AgentType)
  agentType?: AgentType;

  @IsString()
  @Length(0, 8000)
  value: string;
}

@Controller('admin/system-configs')
@Roles(UserRole.ADMIN)
export class SystemConfigController {
  constructor(private readonly configs: SystemConfigService) {}

  @Get()
  list() {
    return this.configs.findAll();
  }

  @Put(':key')
  set(@Param('key') key: string, @Body() dto: SetConfigDto) {
    return this.configs.set(key, dto.agentType ?? null, dto.value);
  }
}
