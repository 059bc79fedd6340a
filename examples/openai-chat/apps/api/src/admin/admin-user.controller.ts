import { Body, Get, NotFoundException, Param, Put, Query } from '@nestjs/common';
import type { UserRole } from '@prisma/client';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { UserRepository } from '../user/user.repository';
import { AdminController } from './admin.decorator';

export class UserPageDto {
  @IsOptional()
  @IsString()
  after?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}

export class SetRolesDto {
  roles: UserRole[]; // error: consistency/dto-without-validators
}

@AdminController('users')
export class AdminUserController {
  constructor(private readonly users: UserRepository) {}

  @Get()
  list(@Query() query: UserPageDto) {
    return this.users.findPage(query.after, query.limit);
  }

  @Get(':id')
  async get(@Param('id') id: string) {
    const user = await this.users.findById(id);
    if (!user) {
      throw new NotFoundException(`User ${id} was not found`);
    }
    return user;
  }

  @Put(':id/roles')
  setRoles(@Param('id') id: string, @Body() dto: SetRolesDto) {
    return this.users.setRoles(id, dto.roles);
  }
}
