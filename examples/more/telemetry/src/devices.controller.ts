import { Body, Controller, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Controller('devices')
export class DevicesController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  add(@Body('name') name: string) {
    return this.prisma.device.create({ data: { name } });
  }

  @Get('readings/count')
  async count() {
    return { readings: await this.prisma.reading.count() }; // error: scale/heavy-aggregate
  }

  @Get('probes/:probe')
  ofProbe(@Param('probe') probe: string) {
    return this.prisma.reading.findMany({
      where: { probe, madeAt: { gte: new Date(Date.now() - 3_600_000) } },
      select: { degrees: true },
      take: 100,
    });
  }

  @Get('alarms/:label')
  labelled(@Param('label') label: string) {
    return this.prisma.alarm.findMany({
      where: { labels: { has: label } },
      select: { id: true, madeAt: true },
      orderBy: { id: 'desc' },
      take: 20,
    });
  }

  @Get(':id/latest')
  latest(@Param('id', ParseIntPipe) deviceId: number) {
    return this.prisma.reading.findMany({ where: { deviceId }, orderBy: { madeAt: 'desc' }, take: 20 });
  }

  @Get(':id/report')
  async report(@Param('id', ParseIntPipe) id: number) {
    return this.prisma.$queryRaw<{ name: string; degrees: number; body: unknown }[]>`
      SELECT d.name, r.degrees, a.body
      FROM devices d
      JOIN readings r ON r.device_id = d.id
      JOIN alarms a ON a.device_id = d.id -- error: scale/heavy-join
      WHERE d.id = ${id}
      LIMIT 500
    `;
  }
}
