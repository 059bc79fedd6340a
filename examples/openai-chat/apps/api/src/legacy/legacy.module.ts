import { Module } from '@nestjs/common';
import { InternalKeyGuard } from './internal-key.guard';
import { LegacyAgentController } from './legacy-agent.controller';
import { LegacyCredentialsController } from './legacy-credentials.controller';
import { LegacyEncryptionService } from './legacy-encryption.service';

@Module({
  controllers: [LegacyAgentController, LegacyCredentialsController],
  providers: [InternalKeyGuard, LegacyEncryptionService],
})
export class LegacyModule {}
