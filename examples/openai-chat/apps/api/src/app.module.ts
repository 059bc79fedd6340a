import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_GUARD } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { AdminModule } from './admin/admin.module';
import { AgentModule } from './agent/agent.module';
import { AgentMemoryModule } from './agent-memory/agent-memory.module';
import { AiRequestLogModule } from './ai-request-log/ai-request-log.module';
import { ApiCredentialsModule } from './api-credentials/api-credentials.module';
import { ClerkGuard } from './auth/clerk.guard';
import { RolesGuard } from './auth/roles.guard';
import { ChatModule } from './chat/chat.module';
import { HealthModule } from './health/health.module';
import { LegacyModule } from './legacy/legacy.module';
import { MaintenanceModule } from './maintenance/maintenance.module';
import { MessageModule } from './message/message.module';
import { MessageTranslationModule } from './message-translation/message-translation.module';
import { OpenAiModule } from './openai/openai.module';
import { PlanModule } from './plan/plan.module';
import { PrismaModule } from './prisma/prisma.module';
import { SavedWordModule } from './saved-word/saved-word.module';
import { SessionModule } from './session/session.module';
import { SystemConfigModule } from './system-config/system-config.module';
import { UserModule } from './user/user.module';
import { WebhookModule } from './webhook/webhook.module';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    ScheduleModule.forRoot(),
    PrismaModule,
    OpenAiModule,
    AdminModule,
    AgentModule,
    AgentMemoryModule,
    AiRequestLogModule,
    ApiCredentialsModule,
    ChatModule,
    HealthModule,
    LegacyModule,
    MaintenanceModule,
    MessageModule,
    MessageTranslationModule,
    PlanModule,
    SavedWordModule,
    SessionModule,
    SystemConfigModule,
    UserModule,
    WebhookModule,
  ],
  providers: [
    { provide: APP_GUARD, useClass: ClerkGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
  ],
})
export class AppModule {}
