import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import type { UserJSON, WebhookEvent } from '@clerk/backend';
import { Prisma } from '@prisma/client';
import { PrismaService } from '../prisma/prisma.service';

const REMEMBERED_DAYS = 14;
const DAY = 24 * 60 * 60 * 1000;

@Injectable()
export class ClerkWebhookService {
  constructor(private readonly prisma: PrismaService) {}

  /** Handles a verified event; one that comes again changes nothing. */
  async handle(deliveryId: string, event: WebhookEvent): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const { count } = await tx.webhookEvent.createMany({
        data: [{ deliveryId, type: event.type }],
        skipDuplicates: true,
      });
      if (count > 0) {
        await this.apply(tx, event);
      }
    });
  }

  @Cron(CronExpression.EVERY_DAY_AT_2AM)
  async forgetDeliveries(): Promise<void> {
    const before = new Date(Date.now() - REMEMBERED_DAYS * DAY);
    await this.prisma.webhookEvent.deleteMany({ where: { receivedAt: { lt: before } } });
  }

  private async apply(tx: Prisma.TransactionClient, event: WebhookEvent): Promise<void> {
    switch (event.type) {
      case 'user.created':
      case 'user.updated':
        await this.sync(tx, event.data);
        break;
      case 'user.deleted':
        if (event.data.id) {
          await tx.user.deleteMany({ where: { id: event.data.id } }); // error: integrity/cascade-from-identity
        }
        break;
      default:
        break;
    }
  }

  private async sync(tx: Prisma.TransactionClient, data: UserJSON): Promise<void> {
    const primary = data.email_addresses.find((email) => email.id === data.primary_email_address_id);
    const profile = {
      email: primary?.email_address ?? null,
      displayName: [data.first_name, data.last_name].filter(Boolean).join(' ') || null,
      imageUrl: data.image_url,
    };
    await tx.user.upsert({
      where: { id: data.id },
      create: { id: data.id, ...profile },
      update: profile,
    });
  }
}
