import { applyDecorators, Controller } from '@nestjs/common';
import { UserRole } from '@prisma/client';
import { Roles } from '../auth/roles.decorator';

/** A controller under `admin/` that only administrators may call. */
export const AdminController = (path: string) =>
  applyDecorators(Controller(`admin/${path}`), Roles(UserRole.ADMIN));
