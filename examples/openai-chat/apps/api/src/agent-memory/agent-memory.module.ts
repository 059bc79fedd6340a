import { Module } from '@nestjs/common';
import { AgentModule } from '../agent/agent.module';
import { AgentMemoryController } from './agent-memory.controller';
import { AgentMemoryRepository } from './agent-memory.repository';
import { AgentMemoryService } from './agent-memory.service';

@Module({
  imports: [AgentModule],
  controllers: [AgentMemoryController],
  providers: [AgentMemoryRepository, AgentMemoryService],
  exports: [AgentMemoryService],
})
export class AgentMemoryModule {}
