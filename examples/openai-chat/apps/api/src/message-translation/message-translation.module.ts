import { Module } from '@nestjs/common';
import { MessageModule } from '../message/message.module';
import { MessageTranslationController } from './message-translation.controller';
import { MessageTranslationRepository } from './message-translation.repository';
import { MessageTranslationService } from './message-translation.service';

@Module({
  imports: [MessageModule],
  controllers: [MessageTranslationController],
  providers: [MessageTranslationRepository, MessageTranslationService],
})
export class MessageTranslationModule {}
