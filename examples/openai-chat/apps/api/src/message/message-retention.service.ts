import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Prisma } from '@prisma/client';
import { PrismaService } from '../prisma/prisma.service';

const RAW_PAYLOAD_DAYS = 30;
const DAY = 24 * 60 * 60 * 1000;

@Injectable()
export class MessageRetentionService {
  constructor(private readonly prisma: PrismaService) {}

  /** Forgets what was sent to the model and what came back, after a month. */
  @Cron(CronExpression.EVERY_DAY_AT_3AM)
  async forgetRawPayloads(): Promise<void> {
    await this.prisma.message.updateMany({
      where: { createdAt: { lt: new Date(Date.now() - RAW_PAYLOAD_DAYS * DAY) } },
      data: { rawRequest: Prisma.DbNull, rawResponse: Prisma.DbNull },
    });
  }
}
