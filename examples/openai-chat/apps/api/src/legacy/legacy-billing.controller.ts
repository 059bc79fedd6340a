import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Public } from '../auth/public.decorator';
import { LegacyDeliveryService } from './legacy-delivery.service';

@Controller('webhooks/billing')
export class LegacyBillingController {
  constructor(private readonly deliveries: LegacyDeliveryService) {}

  @Public()
  @Post() // error: security/webhook-unverified
  @HttpCode(204)
  async receive(@Body() body: { id: string }): Promise<void> {
    await this.deliveries.remember(String(body.id));
  }
}
