import { Body, Controller, Delete, Get, Param, ParseIntPipe, Patch, Post, Query } from '@nestjs/common';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { PageQueryDto } from '../common/dto/page-query.dto';
import { CorrectWordDto, SaveWordDto } from './dto/saved-word.dto';
import { SavedWordService } from './saved-word.service';

@Controller('saved-words')
export class SavedWordController {
  constructor(private readonly words: SavedWordService) {}

  @Get()
  list(@CurrentUser() user: AuthUser, @Query() query: PageQueryDto) {
    return this.words.findPage(user.id, query.cursor, query.limit);
  }

  @Post()
  save(@CurrentUser() user: AuthUser, @Body() dto: SaveWordDto) {
    return this.words.save(user.id, dto);
  }

  @Patch(':id')
  correct(
    @CurrentUser() user: AuthUser,
    @Param('id', ParseIntPipe) id: number,
    @Body() dto: CorrectWordDto,
  ) {
    return this.words.correct(id, user.id, dto);
  }

  @Delete(':id')
  remove(@CurrentUser() user: AuthUser, @Param('id', ParseIntPipe) id: number) {
    return this.words.remove(id, user.id);
  }
}
