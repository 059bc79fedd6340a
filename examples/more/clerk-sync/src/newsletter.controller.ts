import { Controller, HttpCode, Post, Req, UnauthorizedException } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { Webhook } from 'svix';
import { PrismaService } from './prisma.service.js';

/** Guests who want no more letters. */
@Controller('webhooks/newsletter')
export class NewsletterController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  @HttpCode(204)
  async receive(@Req() request: IncomingMessage & { rawBody: Buffer }): Promise<void> {
    try {
      const webhook = new Webhook(process.env['NEWSLETTER_WEBHOOK_SECRET'] as string);
      const headers = request.headers as Record<string, string>;
      const sent = webhook.verify(request.rawBody, headers) as { email: string };
      await this.prisma.guest.deleteMany({ where: { email: sent.email } });
    } catch (error) {
      console.error(error);
      throw new UnauthorizedException('invalid signature'); // error: security/webhook-error-masked
    }
  }
}
