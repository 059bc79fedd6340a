import { Module } from '@nestjs/common';
import { AiRequestLogController } from './ai-request-log.controller';
import { AiRequestLogRepository } from './ai-request-log.repository';

@Module({
  controllers: [AiRequestLogController],
  providers: [AiRequestLogRepository],
  exports: [AiRequestLogRepository],
})
export class AiRequestLogModule {}
