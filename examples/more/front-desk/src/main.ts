import 'reflect-metadata';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BadgesController } from './badges.controller.js';
import { DepositsController } from './deposits.controller.js';
import { PeopleController } from './people.controller.js';
import { PrismaService } from './prisma.service.js';
import { RoomsController } from './rooms.controller.js';

@Module({ controllers: [BadgesController, DepositsController, PeopleController, RoomsController], providers: [PrismaService] })
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  app.useGlobalPipes(new ValidationPipe({ whitelist: true }));
  await app.listen(3000);
}

void bootstrap();
