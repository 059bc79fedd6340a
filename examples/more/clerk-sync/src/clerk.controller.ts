import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { WebhookEvent } from '@clerk/backend';
import type { IncomingMessage } from 'node:http';
import { Webhook } from 'svix';
import { PrismaService } from './prisma.service.js';

@Controller('webhooks/clerk')
export class ClerkController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  @HttpCode(204)
  async receive(@Req() request: IncomingMessage & { rawBody: Buffer }): Promise<void> {
    const webhook = new Webhook(process.env['CLERK_WEBHOOK_SECRET'] as string);
    const headers = request.headers as Record<string, string>;
    await this.apply(webhook.verify(request.rawBody, headers) as WebhookEvent);
  }

  private async apply(event: WebhookEvent): Promise<void> {
    switch (event.type) {
      case 'user.created': // error: security/clerk-event-unhandled
        await this.prisma.user.create({
          data: { id: event.data.id, displayName: event.data.first_name }, // error: security/webhook-not-idempotent
        });
        break;
      case 'user.updated':
        await this.prisma.user.updateMany({
          where: { id: event.data.id },
          data: { displayName: event.data.first_name },
        });
        break;
      default:
        break;
    }
  }
}
