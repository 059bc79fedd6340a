ALTER TABLE "messages"
    ADD COLUMN "raw_request" JSONB,
    ADD COLUMN "raw_response" JSONB;

CREATE INDEX "messages_created_at_idx" ON "messages"("created_at");

CREATE TABLE "message_translations" (
    "id" SERIAL NOT NULL,
    "message_id" INTEGER NOT NULL,
    "language" VARCHAR(8) NOT NULL,
    "translation" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "message_translations_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "message_word_translations" (
    "id" SERIAL NOT NULL,
    "message_id" INTEGER NOT NULL,
    "original_word" TEXT NOT NULL,
    "translation" TEXT NOT NULL,

    CONSTRAINT "message_word_translations_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "message_translations_message_id_language_key" ON "message_translations"("message_id", "language");

CREATE INDEX "message_translations_message_id_language_idx" ON "message_translations"("message_id", "language");

CREATE INDEX "message_word_translations_message_id_idx" ON "message_word_translations"("message_id");

CREATE UNIQUE INDEX "message_word_translations_message_id_original_word_key" ON "message_word_translations"("message_id", "original_word");

ALTER TABLE "message_translations" ADD CONSTRAINT "message_translations_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "messages"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "message_word_translations" ADD CONSTRAINT "message_word_translations_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "messages"("id") ON DELETE CASCADE ON UPDATE CASCADE;
