import { Injectable } from '@nestjs/common';
import type { Prisma, UserRole } from '@prisma/client';
import { pageSize } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';

const PUBLIC_FIELDS = {
  id: true,
  email: true,
  displayName: true,
  imageUrl: true,
  roles: true,
} satisfies Prisma.UserSelect;

export interface ClerkProfile {
  id: string;
  email: string | null;
  displayName: string | null;
  imageUrl: string | null;
}

@Injectable()
export class UserRepository {
  constructor(private readonly prisma: PrismaService) {}

  findById(id: string) {
    return this.prisma.user.findUnique({ where: { id }, select: PUBLIC_FIELDS });
  }

  findPage(after: string | undefined, limit: number | undefined) {
    return this.prisma.user.findMany({
      select: PUBLIC_FIELDS,
      orderBy: { id: 'asc' },
      take: pageSize(limit),
      ...(after === undefined ? {} : { cursor: { id: after }, skip: 1 }),
    });
  }

  setRoles(id: string, roles: UserRole[]) {
    return this.prisma.user.update({ where: { id }, data: { roles }, select: PUBLIC_FIELDS });
  }
}
