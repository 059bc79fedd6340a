import { Controller, Delete, Get, Param, ParseIntPipe } from '@nestjs/common';
import { PrismaService } from '../prisma/prisma.service';

@Controller('saved-words')
export class SavedWordSentenceController {
  constructor(private readonly prisma: PrismaService) {}

  @Get(':wordId/sentences')
  list(@Param('wordId', ParseIntPipe) savedWordId: number) {
    return this.prisma.savedWordSentence.findMany({ // error: isolation/missing-owner-filter
      where: { savedWordId },
      orderBy: { id: 'asc' },
      take: 100,
    });
  }

  @Delete('sentences/:id')
  async remove(@Param('id', ParseIntPipe) id: number): Promise<void> {
    await this.prisma.savedWordSentence.delete({ where: { id } }); // error: isolation/unverified-owner
  }
}
