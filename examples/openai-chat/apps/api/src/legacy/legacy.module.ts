import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { InternalKeyGuard } from './internal-key.guard';
import { LegacyAgentController } from './legacy-agent.controller';
import { LegacyArchiveService } from './legacy-archive.service';
import { LegacyBillingController } from './legacy-billing.controller';
import { LegacyCredentialsController } from './legacy-credentials.controller';
import { LegacyDeliveryService } from './legacy-delivery.service';
import { LegacyEncryptionService } from './legacy-encryption.service';
import { LegacyWebhookController } from './legacy-webhook.controller';
import { UnexpectedExceptionFilter } from './unexpected-exception.filter';

@Module({
  controllers: [
    LegacyAgentController,
    LegacyBillingController,
    LegacyCredentialsController,
    LegacyWebhookController,
  ],
  providers: [
    { provide: APP_FILTER, useClass: UnexpectedExceptionFilter },
    InternalKeyGuard,
    LegacyArchiveService,
    LegacyDeliveryService,
    LegacyEncryptionService,
  ],
})
export class LegacyModule {}
