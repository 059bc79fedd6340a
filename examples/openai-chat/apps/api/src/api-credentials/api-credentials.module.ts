import { Module } from '@nestjs/common';
import { EncryptionService } from '../common/encryption.service';
import { ApiCredentialsController } from './api-credentials.controller';
import { ApiCredentialsService } from './api-credentials.service';

@Module({
  controllers: [ApiCredentialsController],
  providers: [ApiCredentialsService, EncryptionService],
  exports: [ApiCredentialsService],
})
export class ApiCredentialsModule {}
