import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { UserRole } from '@prisma/client';
import { PrismaService } from '../prisma/prisma.service';
import type { AuthenticatedRequest } from './auth.types';
import { ROLES } from './roles.decorator';

@Injectable()
export class RolesGuard implements CanActivate {
  constructor(
    private readonly prisma: PrismaService,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handlers = [context.getHandler(), context.getClass()];
    const wanted = this.reflector.getAllAndOverride<UserRole[]>(ROLES, handlers);
    if (!wanted) {
      return true;
    }
    const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const known = await this.prisma.user.findUnique({
      where: { id: user.id },
      select: { roles: true },
    });
    return known?.roles.some((role) => wanted.includes(role)) ?? false;
  }
}
