import { Module } from '@nestjs/common';
import { SavedWordController } from './saved-word.controller';
import { SavedWordService } from './saved-word.service';

@Module({
  controllers: [SavedWordController],
  providers: [SavedWordService],
})
export class SavedWordModule {}
