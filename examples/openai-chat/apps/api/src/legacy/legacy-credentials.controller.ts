import { Body, Controller, Get, Param, ParseEnumPipe, Put } from '@nestjs/common';
import { ApiProvider } from '@prisma/client';
import { StoreCredentialDto } from '../api-credentials/api-credentials.controller';
import type { AuthUser } from '../auth/auth.types';
import { CurrentUser } from '../auth/current-user.decorator';
import { PrismaService } from '../prisma/prisma.service';

@Controller('legacy-credentials')
export class LegacyCredentialsController {
  constructor(private readonly prisma: PrismaService) {}

  @Get(':provider')
  find(
    @CurrentUser() user: AuthUser,
    @Param('provider', new ParseEnumPipe(ApiProvider)) provider: ApiProvider,
  ) {
    return this.prisma.userApiCredential.findUnique({ // error: security/sensitive-field-exposed
      where: { userId_provider: { userId: user.id, provider } },
    });
  }

  @Put(':provider')
  replace(
    @CurrentUser() user: AuthUser,
    @Param('provider', new ParseEnumPipe(ApiProvider)) provider: ApiProvider,
    @Body() dto: StoreCredentialDto,
  ) {
    return this.prisma.userApiCredential.update({
      where: { userId_provider: { userId: user.id, provider } },
      data: { encryptedKey: dto.apiKey, lastFour: dto.apiKey.slice(-4) }, // error: security/plaintext-credential
      select: { provider: true, lastFour: true },
    });
  }
}
