import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Webhook } from 'svix';
import { Public } from '../auth/public.decorator';
import { LegacyDeliveryService } from './legacy-delivery.service';

@Controller('webhooks/legacy')
export class LegacyWebhookController {
  constructor(
    private readonly config: ConfigService,
    private readonly deliveries: LegacyDeliveryService,
  ) {}

  @Public()
  @Post('clerk')
  @HttpCode(204)
  async receive(@Headers() headers: Record<string, string>, @Body() body: object): Promise<void> {
    const webhook = new Webhook(this.config.getOrThrow<string>('CLERK_WEBHOOK_SECRET'));
    webhook.verify(JSON.stringify(body), headers); // error: security/webhook-raw-body
    await this.deliveries.remember(String(headers['svix-id']));
  }
}
