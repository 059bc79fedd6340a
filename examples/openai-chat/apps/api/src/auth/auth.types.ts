import type { Request } from 'express';

/** Who sent a request, as the guard verified it. */
export interface AuthUser {
  id: string;
}

export interface AuthenticatedRequest extends Request {
  user: AuthUser;
}
