import 'reflect-metadata';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GuestsController } from './guests.controller.js';
import { PrismaService } from './prisma.service.js';

@Module({ controllers: [GuestsController], providers: [PrismaService] })
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  app.useGlobalPipes(new ValidationPipe({ transform: true })); // error: security/whitelist-missing
  await app.listen(3000);
}

void bootstrap();
