import { Module } from '@nestjs/common';
import { AgentModule } from '../agent/agent.module';
import { AgentMemoryModule } from '../agent-memory/agent-memory.module';
import { AiRequestLogModule } from '../ai-request-log/ai-request-log.module';
import { ApiCredentialsModule } from '../api-credentials/api-credentials.module';
import { MessageModule } from '../message/message.module';
import { SessionModule } from '../session/session.module';
import { SystemConfigModule } from '../system-config/system-config.module';
import { ChatController } from './chat.controller';
import { ChatService } from './chat.service';

@Module({
  imports: [
    AgentModule,
    AgentMemoryModule,
    AiRequestLogModule,
    ApiCredentialsModule,
    MessageModule,
    SessionModule,
    SystemConfigModule,
  ],
  controllers: [ChatController],
  providers: [ChatService],
})
export class ChatModule {}
