import { Module } from '@nestjs/common';
import { MessageController } from './message.controller';
import { MessageRepository } from './message.repository';
import { MessageRetentionService } from './message-retention.service';

@Module({
  controllers: [MessageController],
  providers: [MessageRepository, MessageRetentionService],
  exports: [MessageRepository],
})
export class MessageModule {}
