ALTER TABLE "words" DISABLE TRIGGER "words_bump"; -- error: migration/toggle-trigger
