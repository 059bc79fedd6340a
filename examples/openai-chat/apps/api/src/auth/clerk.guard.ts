import { CanActivate, ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Reflector } from '@nestjs/core';
import { verifyToken } from '@clerk/backend';
import type { AuthenticatedRequest } from './auth.types';
import { IS_PUBLIC } from './public.decorator';

@Injectable()
export class ClerkGuard implements CanActivate {
  constructor(
    private readonly config: ConfigService,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handlers = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, handlers)) {
      return true;
    }
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = request.headers.authorization?.replace(/^Bearer /, '');
    if (!token) {
      throw new UnauthorizedException();
    }
    const secretKey = this.config.getOrThrow<string>('CLERK_SECRET_KEY');
    try {
      const claims = await verifyToken(token, { secretKey });
      request.user = { id: claims.sub };
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}
