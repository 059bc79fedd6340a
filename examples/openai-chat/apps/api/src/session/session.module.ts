import { Module } from '@nestjs/common';
import { AgentModule } from '../agent/agent.module';
import { SessionController } from './session.controller';
import { SessionRepository } from './session.repository';
import { SessionService } from './session.service';

@Module({
  imports: [AgentModule],
  controllers: [SessionController],
  providers: [SessionRepository, SessionService],
  exports: [SessionRepository, SessionService],
})
export class SessionModule {}
