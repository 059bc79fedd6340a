import { Module } from '@nestjs/common';
import { ClerkWebhookController } from './clerk-webhook.controller';
import { ClerkWebhookService } from './clerk-webhook.service';

@Module({
  controllers: [ClerkWebhookController],
  providers: [ClerkWebhookService],
})
export class WebhookModule {}
