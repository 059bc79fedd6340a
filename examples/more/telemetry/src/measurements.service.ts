import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { PrismaService } from './prisma.service';

@Injectable()
export class MeasurementsService {
  constructor(private readonly prisma: PrismaService) {}

  @OnEvent('measured')
  async keep(deviceId: number, probe: string, degrees: number): Promise<void> {
    await this.prisma.reading.create({ data: { deviceId, probe, degrees } });
  }

  @OnEvent('alarm')
  async keepAlarm(deviceId: number, labels: string[]): Promise<void> {
    await this.prisma.alarm.create({ data: { deviceId, labels, body: { deviceId, labels } } });
  }
}
