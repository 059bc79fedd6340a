import { Controller, Delete, Get, Param, UseGuards } from '@nestjs/common';
import { Roles, RolesGuard, SessionGuard } from './auth';
import { PrismaService } from './prisma.service';

@Controller('admin')
@UseGuards(SessionGuard)
export class AdminController {
  constructor(private readonly prisma: PrismaService) {}

  @Get('notes')
  @UseGuards(RolesGuard)
  @Roles('admin')
  notes() {
    return this.prisma.note.findMany({ orderBy: { id: 'asc' }, take: 50 });
  }

  @Delete('users/:id') // error: isolation/admin-endpoint-unguarded
  remove(@Param('id') id: string) {
    return this.prisma.user.delete({ where: { id } }); // error: integrity/cascade-from-identity
  }
}
