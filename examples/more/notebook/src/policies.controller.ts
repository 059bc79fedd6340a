import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaService } from './prisma.service';

@Controller('shared')
@UseGuards(SessionGuard)
export class PoliciesController {
  constructor(private readonly prisma: PrismaService) {}

  @Get(':id')
  one(@CurrentUser() user: { id: string }, @Param('id') id: string) {
    const own = this.prisma.$extends({
      query: {
        $allModels: {
          $allOperations({ args, query }) {
            const { where } = args as { where?: object };
            return query({ ...args, where: { ...where, userId: user.id } } as typeof args);
          },
        },
      },
    });
    return own.$queryRaw<{ title: string }[]>`SELECT title FROM notes WHERE id = ${id}`; // error: isolation/policy-client-raw-sql
  }
}
