import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { PrismaService } from './prisma.service.js';

/** Lets administrators through. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly prisma: PrismaService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<{ auth: { userId: string } }>();
    const user = await this.prisma.user.findUnique({
      where: { id: request.auth.userId },
      select: { roles: true },
    });
    return Array.isArray(user?.roles) && user.roles.includes('admin');
  }
}
