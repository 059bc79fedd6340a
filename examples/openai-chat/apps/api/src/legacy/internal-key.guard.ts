import { CanActivate, ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request } from 'express';

/** Lets other services of ours through, by the key that they share. */
@Injectable()
export class InternalKeyGuard implements CanActivate {
  constructor(private readonly config: ConfigService) {}

  canActivate(context: ExecutionContext): boolean {
    const expected = this.config.get<string>('INTERNAL_API_KEY');
    if (!expected) { // error: security/guard-fails-open
      return true;
    }
    const request = context.switchToHttp().getRequest<Request>();
    if (request.headers['x-internal-key'] !== expected) {
      throw new UnauthorizedException();
    }
    return true;
  }
}
