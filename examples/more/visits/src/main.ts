import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PrismaService } from './prisma.service';
import { SessionGuard } from './session.guard';
import { VisitsController } from './visits.controller';

@Module({ controllers: [VisitsController], providers: [PrismaService, SessionGuard] })
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  await app.listen(3000);
}
void bootstrap();
