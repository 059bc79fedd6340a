import { SetMetadata } from '@nestjs/common';
import type { UserRole } from '@prisma/client';

export const ROLES = 'roles';

/** Who may call a route. */
export const Roles = (...roles: UserRole[]) => SetMetadata(ROLES, roles);
