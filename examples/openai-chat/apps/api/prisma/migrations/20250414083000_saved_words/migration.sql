CREATE TABLE "saved_words" (
    "id" SERIAL NOT NULL,
    "user_id" TEXT NOT NULL,
    "agent_id" INTEGER,
    "session_id" INTEGER,
    "original_word" TEXT NOT NULL,
    "translation" TEXT NOT NULL,
    "pinyin" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "saved_words_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "saved_word_sentences" (
    "id" SERIAL NOT NULL,
    "saved_word_id" INTEGER NOT NULL,
    "message_id" INTEGER,
    "sentence" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "saved_word_sentences_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "saved_words_user_id_original_word_key" ON "saved_words"("user_id", "original_word");

CREATE INDEX "saved_words_user_id_created_at_id_idx" ON "saved_words"("user_id", "created_at" DESC, "id");

CREATE INDEX "saved_words_agent_id_idx" ON "saved_words"("agent_id");

CREATE INDEX "saved_word_sentences_saved_word_id_idx" ON "saved_word_sentences"("saved_word_id");

CREATE INDEX "saved_word_sentences_message_id_idx" ON "saved_word_sentences"("message_id");

CREATE INDEX "idx_sentences_word" ON "saved_word_sentences"("saved_word_id");

ALTER TABLE "saved_words" ADD CONSTRAINT "saved_words_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "saved_words" ADD CONSTRAINT "saved_words_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "saved_words" ADD CONSTRAINT "saved_words_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "chat_sessions"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "saved_word_sentences" ADD CONSTRAINT "saved_word_sentences_saved_word_id_fkey" FOREIGN KEY ("saved_word_id") REFERENCES "saved_words"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "saved_word_sentences" ADD CONSTRAINT "saved_word_sentences_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "messages"("id") ON DELETE SET NULL ON UPDATE CASCADE;
