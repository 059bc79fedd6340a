import { Body, Controller, Delete, Get, Param, ParseIntPipe, Patch, Post, Put, Query, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { NotesService } from './notes.service';
import { PrismaService } from './prisma.service';

@Controller('notes')
export class NotesController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly notes: NotesService,
  ) {}

  @Get()
  @UseGuards(SessionGuard)
  list(@CurrentUser() user: { id: string }) {
    return this.prisma.note.findMany({ where: { userId: user.id }, orderBy: { id: 'asc' }, take: 50 });
  }

  @Get('all')
  @UseGuards(SessionGuard)
  all(@CurrentUser() user: { id: string }, @Query('limit', ParseIntPipe) limit: number) {
    return this.prisma.note.findMany({
      where: { userId: user.id },
      orderBy: { id: 'asc' },
      take: limit, // error: query/unclamped-take
    });
  }

  @Get('search')
  @UseGuards(SessionGuard)
  search(@CurrentUser() user: { id: string }, @Query('q') q: string) {
    return this.prisma.note.findMany({ // error: isolation/or-bypasses-owner
      where: { OR: [{ userId: user.id }, { title: { contains: q } }] },
      orderBy: { id: 'asc' },
      take: 50,
    });
  }

  @Get('titles')
  @UseGuards(SessionGuard)
  titles(@CurrentUser() user: { id: string }) {
    return this.prisma.note.groupBy({ by: ['title'], _count: true }); // error: isolation/aggregate-unscoped
  }

  @Put(':id')
  @UseGuards(SessionGuard)
  save(@CurrentUser() user: { id: string }, @Param('id') id: string, @Body() body: { title: string }) {
    return this.prisma.note.upsert({ // error: isolation/upsert-unscoped
      where: { id },
      update: { title: body.title },
      create: { id, title: body.title, userId: user.id },
    });
  }

  @Post('links')
  @UseGuards(SessionGuard)
  link(@Body() body: { noteId: string; url: string }) {
    return this.prisma.link.create({ // error: isolation/nested-connect-unverified
      data: { noteId: body.noteId, url: body.url },
    });
  }

  @Delete('of/:userId')
  @UseGuards(SessionGuard)
  clear(@Param('userId') userId: string) {
    return this.prisma.note.deleteMany({ where: { userId } }); // error: isolation/client-supplied-owner-id
  }

  @Get(':id/title')
  @UseGuards(SessionGuard)
  title(@Param('id') id: string) {
    return this.prisma.$queryRaw<{ title: string }[]>`SELECT title FROM notes WHERE id = ${id}`; // error: isolation/raw-sql-missing-owner-filter
  }

  @Patch(':id') // error: isolation/unguarded-endpoint
  rename(@Param('id') id: string, @Body('title') title: string) {
    return this.prisma.note.update({ where: { id }, data: { title } });
  }

  @Post()
  @UseGuards(SessionGuard)
  add(@CurrentUser() user: { id: string }, @Body() body: { title: string; feed: string }) {
    return this.notes.add(user.id, body.title, body.feed);
  }

  @Post('star')
  @UseGuards(SessionGuard)
  star(@CurrentUser() user: { id: string }) {
    return this.notes.starFirst(user.id);
  }
}
