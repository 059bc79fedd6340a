import { Body, Controller, Delete, Get, Param, ParseEnumPipe, Put } from '@nestjs/common';
import { ApiProvider } from '@prisma/client';
import { IsString, Length } from 'class-validator';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { ApiCredentialsService } from './api-credentials.service';

export class StoreCredentialDto {
  @IsString()
  @Length(20, 200)
  apiKey: string;
}

@Controller('api-credentials')
export class ApiCredentialsController {
  constructor(private readonly credentials: ApiCredentialsService) {}

  @Get()
  list(@CurrentUser() user: AuthUser) {
    return this.credentials.findAll(user.id);
  }

  @Put(':provider')
  store(
    @CurrentUser() user: AuthUser,
    @Param('provider', new ParseEnumPipe(ApiProvider)) provider: ApiProvider,
    @Body() dto: StoreCredentialDto,
  ) {
    return this.credentials.store(user.id, provider, dto.apiKey);
  }

  @Delete(':provider')
  remove(
    @CurrentUser() user: AuthUser,
    @Param('provider', new ParseEnumPipe(ApiProvider)) provider: ApiProvider,
  ) {
    return this.credentials.remove(user.id, provider);
  }
}
