CREATE INDEX "notes_user_id_idx" ON "notes"("user_id"); -- error: migration/create-index-blocking
CREATE UNIQUE INDEX "words_text_key" ON "words"("text"); -- error: migration/data-dependent-unique
