import { Body, Controller, Delete, Get, NotFoundException, Param, ParseIntPipe, Post, Put, Query } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsDate, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { AgentMemoryRepository } from './agent-memory.repository';
import { AgentMemoryService } from './agent-memory.service';

export class MemoryQueryDto {
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  before?: Date;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}

export class KeyPointDto {
  @IsString()
  @Length(1, 500)
  keyPoint: string;
}

@Controller('agents/:agentId/memories')
export class AgentMemoryController {
  constructor(
    private readonly memories: AgentMemoryRepository,
    private readonly service: AgentMemoryService,
  ) {}

  @Get()
  list(
    @CurrentUser() user: AuthUser,
    @Param('agentId', ParseIntPipe) agentId: number,
    @Query() query: MemoryQueryDto,
  ) {
    return this.memories.findPage(agentId, user.id, query.before, query.limit);
  }

  @Post()
  remember(
    @CurrentUser() user: AuthUser,
    @Param('agentId', ParseIntPipe) agentId: number,
    @Body() dto: KeyPointDto,
  ) {
    return this.service.remember(agentId, user.id, dto.keyPoint);
  }

  @Put(':id')
  reword(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Body() dto: KeyPointDto,
  ) {
    return this.service.reword(id, user.id, dto.keyPoint);
  }

  @Delete(':id')
  async remove(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    if (!(await this.memories.delete(id, user.id))) {
      throw new NotFoundException(`Memory ${id} was not found`);
    }
  }
}
