import { Controller, Delete, Injectable, Param, UseGuards } from '@nestjs/common';
import { Roles, RolesGuard, SessionGuard } from './auth';
import { PrismaService } from './prisma.service';

@Injectable()
export class CopiesService {
  constructor(private readonly prisma: PrismaService) {}

  async remove(id: string): Promise<void> {
    await this.prisma.copy.deleteMany({ where: { id } }); // error: isolation/admin-and-user-share-unscoped
  }
}

@Controller('copies')
@UseGuards(SessionGuard)
export class CopiesController {
  constructor(private readonly copies: CopiesService) {}

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.copies.remove(id);
  }
}

@Controller('admin/copies')
@UseGuards(SessionGuard, RolesGuard)
export class AdminCopiesController {
  constructor(private readonly copies: CopiesService) {}

  @Delete(':id')
  @Roles('admin')
  remove(@Param('id') id: string) {
    return this.copies.remove(id);
  }
}
