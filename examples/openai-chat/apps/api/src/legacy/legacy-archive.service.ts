import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { ApiProvider } from '@prisma/client';
import { PrismaService } from '../prisma/prisma.service';

const ARCHIVE_URL = 'postgresql://archive:vT3qLm81ZsRx@archive.chat-db.io:5432/chat'; // error: security/hardcoded-connection-string

/** What moves old data to the database of the archive. */
@Injectable()
export class LegacyArchiveService {
  private readonly logger = new Logger(LegacyArchiveService.name);

  constructor(
    private readonly config: ConfigService,
    private readonly prisma: PrismaService,
  ) {}

  connection() {
    return {
      connectionString: ARCHIVE_URL,
      ssl: { rejectUnauthorized: false }, // error: security/insecure-ssl
      application_name: this.config.getOrThrow<string>('ARCHIVE_CLIENT_NAME'), // error: security/env-undeclared
    };
  }

  async archived(userId: string, provider: ApiProvider): Promise<boolean> {
    const credential = await this.prisma.userApiCredential.findUnique({
      where: { userId_provider: { userId, provider } },
    });
    this.logger.log('archived', credential); // error: security/sensitive-field-logged
    return credential !== null;
  }
}
