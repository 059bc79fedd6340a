import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SignedInGuard } from './auth';
import { ChatsController } from './chats.controller';
import { NotesController } from './notes.controller';
import { PrismaService } from './prisma.service';
import { RecordsService } from './records.service';

@Module({
  controllers: [ChatsController, NotesController],
  providers: [PrismaService, RecordsService, SignedInGuard],
})
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  await app.listen(3000);
}
void bootstrap();
