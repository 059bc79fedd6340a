import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClerkController } from './clerk.controller.js';
import { GuestsController } from './guests.controller.js';
import { NewsletterController } from './newsletter.controller.js';
import { PrismaService } from './prisma.service.js';
import { AdminGuard } from './roles.guard.js';

@Module({
  controllers: [ClerkController, GuestsController, NewsletterController],
  providers: [AdminGuard, PrismaService],
})
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, { rawBody: true }); // error: security/validation-pipe-missing
  await app.listen(3000);
}

void bootstrap();
