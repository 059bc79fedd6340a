import { Module } from '@nestjs/common';
import { SavedWordController } from './saved-word.controller';
import { SavedWordSentenceController } from './saved-word-sentence.controller';
import { SavedWordService } from './saved-word.service';

@Module({
  controllers: [SavedWordController, SavedWordSentenceController],
  providers: [SavedWordService],
})
export class SavedWordModule {}
