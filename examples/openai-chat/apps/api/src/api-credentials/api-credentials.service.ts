import { Injectable } from '@nestjs/common';
import { ApiProvider, Prisma } from '@prisma/client';
import { EncryptionService } from '../common/encryption.service';
import { PrismaService } from '../prisma/prisma.service';

const VISIBLE = {
  provider: true,
  lastFour: true,
  lastUsedAt: true,
} satisfies Prisma.UserApiCredentialSelect;

@Injectable()
export class ApiCredentialsService {
  constructor(
    private readonly encryption: EncryptionService,
    private readonly prisma: PrismaService,
  ) {}

  findAll(userId: string) {
    return this.prisma.userApiCredential.findMany({
      where: { userId },
      select: VISIBLE,
      orderBy: { provider: 'asc' },
      take: Object.keys(ApiProvider).length,
    });
  }

  store(userId: string, provider: ApiProvider, apiKey: string) {
    const encryptedKey = this.encryption.encrypt(apiKey);
    const lastFour = apiKey.slice(-4);
    return this.prisma.userApiCredential.upsert({
      where: { userId_provider: { userId, provider } },
      create: { userId, provider, encryptedKey, lastFour },
      update: { encryptedKey, lastFour },
      select: VISIBLE,
    });
  }

  /** The user's key for a provider, to call it with; never for a response. */
  async reveal(userId: string, provider: ApiProvider): Promise<string | undefined> {
    const [credential] = await this.prisma.userApiCredential.updateManyAndReturn({
      where: { userId, provider },
      data: { lastUsedAt: new Date() },
      select: { encryptedKey: true },
    });
    return credential && this.encryption.decrypt(credential.encryptedKey);
  }

  remove(userId: string, provider: ApiProvider) {
    return this.prisma.userApiCredential.delete({
      where: { userId_provider: { userId, provider } },
      select: VISIBLE,
    });
  }
}
