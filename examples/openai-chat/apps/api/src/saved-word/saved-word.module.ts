import { Module } from '@nestjs/common';
import { AdminWordController } from './admin-word.controller';
import { SavedWordController } from './saved-word.controller';
import { SavedWordSentenceController } from './saved-word-sentence.controller';
import { SavedWordService } from './saved-word.service';

@Module({
  controllers: [AdminWordController, SavedWordController, SavedWordSentenceController],
  providers: [SavedWordService],
})
export class SavedWordModule {}
