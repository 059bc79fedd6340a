import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'isPublic';

/** Leaves a route open to requests without a session. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
