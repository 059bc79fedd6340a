import { Controller, Get, NotFoundException } from '@nestjs/common';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { UserRepository } from './user.repository';

@Controller('users')
export class UserController {
  constructor(private readonly users: UserRepository) {}

  @Get('me')
  async me(@CurrentUser() user: AuthUser) {
    const found = await this.users.findById(user.id);
    if (!found) {
      throw new NotFoundException();
    }
    return found;
  }
}
