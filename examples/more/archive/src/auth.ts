import { CanActivate, createParamDecorator, ExecutionContext, Injectable } from '@nestjs/common';
import { verifySession } from './sessions';

@Injectable()
export class SessionGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    request.user = await verifySession(request.headers.authorization);
    return true;
  }
}

/** Who is signed in. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().user,
);
