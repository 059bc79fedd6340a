import { CanActivate, createParamDecorator, ExecutionContext, Injectable } from '@nestjs/common';
import { verifyToken } from '@clerk/backend';

@Injectable()
export class ClerkGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    const token = String(request.headers.authorization).replace(/^Bearer /, '');
    const payload = await verifyToken(token, { secretKey: process.env['CLERK_SECRET_KEY'] as string });
    request.user = { clerkUserId: payload.sub };
    return true;
  }
}

/** Who is signed in. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().user,
);
