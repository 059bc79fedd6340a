import { CanActivate, ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

export const NeedsRole = (role: 'MEMBER' | 'ADMIN') => SetMetadata('role', role);

/** Lets through those who have the role that an endpoint names. */
@Injectable()
export class DutyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const role = this.reflector.get<string | undefined>('role', context.getHandler());
    if (!role) {
      return true;
    }
    return context.switchToHttp().getRequest().user.role === role;
  }
}
