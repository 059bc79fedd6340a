import { Injectable } from '@nestjs/common';
import { PrismaService } from '../prisma/prisma.service';

@Injectable()
export class LegacyDeliveryService {
  constructor(private readonly prisma: PrismaService) {}

  async remember(deliveryId: string): Promise<void> {
    await this.prisma.webhookEvent.createMany({
      data: [{ deliveryId, type: 'legacy' }],
      skipDuplicates: true,
    });
  }
}
