import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SignedInGuard } from './auth';
import { ChatsController } from './chats.controller';
import { Messages } from './messages';
import { PrismaService } from './prisma.service';

@Module({
  controllers: [ChatsController],
  providers: [PrismaService, Messages, SignedInGuard],
})
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  await app.listen(3000);
}
void bootstrap();
