import { CanActivate, ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';

/** Lets through whoever has a badge. */
@Injectable()
export class BadgeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const [, body] = String(request.headers.authorization ?? '').split('.');
    if (!body) {
      throw new UnauthorizedException();
    }
    request.user = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')); // error: security/token-not-verified
    return true;
  }
}
