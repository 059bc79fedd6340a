import { Body, Controller, Delete, Get, Param, ParseIntPipe, Patch, Post, Query } from '@nestjs/common';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { PageQueryDto } from '../common/dto/page-query.dto';
import { RenameSessionDto, SessionSearchDto, SessionStatusDto, StartSessionDto } from './session.dto';
import { SessionRepository } from './session.repository';
import { SessionService } from './session.service';

@Controller('sessions')
export class SessionController {
  constructor(
    private readonly service: SessionService,
    private readonly sessions: SessionRepository,
  ) {}

  @Get()
  list(@CurrentUser() user: AuthUser, @Query() query: PageQueryDto) {
    return this.sessions.findPage(user.id, query.cursor, query.limit);
  }

  @Get('search')
  search(@CurrentUser() user: AuthUser, @Query() query: SessionSearchDto) {
    return this.sessions.search(user.id, query.q);
  }

  @Post()
  start(@CurrentUser() user: AuthUser, @Body() dto: StartSessionDto) {
    return this.service.start(user.id, dto.agentId, dto.sessionName);
  }

  @Get(':id')
  get(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.service.findOwned(id, user.id);
  }

  @Patch(':id')
  rename(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Body() dto: RenameSessionDto,
  ) {
    return this.sessions.rename(id, user.id, dto.sessionName);
  }

  @Patch(':id/status')
  setStatus(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Body() dto: SessionStatusDto,
  ) {
    return this.sessions.setStatus(id, user.id, dto.status);
  }

  @Delete(':id')
  remove(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.sessions.delete(id, user.id);
  }
}
