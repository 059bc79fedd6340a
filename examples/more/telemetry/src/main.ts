import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { DevicesController } from './devices.controller';
import { MeasurementsService } from './measurements.service';
import { PrismaService } from './prisma.service';

@Module({
  imports: [EventEmitterModule.forRoot()],
  controllers: [DevicesController],
  providers: [MeasurementsService, PrismaService],
})
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  await app.listen(3000);
}
void bootstrap();
