import { CanActivate, createParamDecorator, ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { personOf } from './tokens';

/** Somebody who has signed in. */
export interface Person {
  id: string;
}

@Injectable()
export class SignedInGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    request.user = await personOf(request.headers.authorization);
    if (!request.user) {
      throw new UnauthorizedException();
    }
    return true;
  }
}

/** Who asks. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): Person => context.switchToHttp().getRequest().user,
);
