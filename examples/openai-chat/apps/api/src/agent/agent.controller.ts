import { Body, Controller, Delete, Get, Param, ParseIntPipe, Patch, Post, Put, Query } from '@nestjs/common';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { PageQueryDto } from '../common/dto/page-query.dto';
import { AgentRepository } from './agent.repository';
import type { AgentConfigs } from './agent.repository';
import { AgentService } from './agent.service';
import { CreateAgentDto, UpdateAgentDto } from './dto/agent.dto';

@Controller('agents')
export class AgentController {
  constructor(
    private readonly agents: AgentRepository,
    private readonly service: AgentService,
  ) {}

  @Get()
  list(@CurrentUser() user: AuthUser, @Query() query: PageQueryDto) {
    return this.agents.findPage(user.id, query.cursor, query.limit);
  }

  @Get(':id')
  get(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.service.findOwned(id, user.id);
  }

  @Post()
  create(@CurrentUser() user: AuthUser, @Body() dto: CreateAgentDto) {
    return this.agents.create(user.id, dto);
  }

  @Patch(':id')
  update(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Body() dto: UpdateAgentDto,
  ) {
    return this.agents.update(id, user.id, dto);
  }

  @Post(':id/reset')
  reset(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.agents.resetLimits(id, user.id);
  }

  @Get(':id/configs')
  configs(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.agents.findConfigs(id, user.id);
  }

  @Put(':id/configs')
  setConfigs(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Body('configs') configs: AgentConfigs,
  ) {
    return this.service.setConfigs(id, user.id, configs);
  }

  @Delete(':id')
  remove(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.service.remove(id, user.id);
  }
}
