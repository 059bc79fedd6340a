import { BadRequestException, Controller, Headers, HttpCode, Post, Req } from '@nestjs/common';
import type { RawBodyRequest } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { WebhookEvent } from '@clerk/backend';
import type { Request } from 'express';
import { Webhook } from 'svix';
import { Public } from '../auth/public.decorator';
import { ClerkWebhookService } from './clerk-webhook.service';

@Controller('webhooks/clerk')
export class ClerkWebhookController {
  constructor(
    private readonly config: ConfigService,
    private readonly service: ClerkWebhookService,
  ) {}

  @Public()
  @Post()
  @HttpCode(204)
  async receive(
    @Req() request: RawBodyRequest<Request>,
    @Headers('svix-id') id: string,
    @Headers('svix-timestamp') timestamp: string,
    @Headers('svix-signature') signature: string,
  ): Promise<void> {
    const webhook = new Webhook(this.config.getOrThrow<string>('CLERK_WEBHOOK_SECRET'));
    await this.service.handle(id, this.verified(webhook, request, { id, timestamp, signature }));
  }

  private verified(
    webhook: Webhook,
    request: RawBodyRequest<Request>,
    headers: { id: string; timestamp: string; signature: string },
  ): WebhookEvent {
    if (!request.rawBody) {
      throw new BadRequestException();
    }
    try {
      return webhook.verify(request.rawBody, {
        'svix-id': headers.id,
        'svix-timestamp': headers.timestamp,
        'svix-signature': headers.signature,
      }) as WebhookEvent;
    } catch {
      throw new BadRequestException();
    }
  }
}
