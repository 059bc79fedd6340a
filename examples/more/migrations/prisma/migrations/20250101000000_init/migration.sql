-- Has run everywhere.
CREATE TYPE "Kind" AS ENUM ('NOUN', 'VERB');
CREATE TYPE "Mood" AS ENUM ('GLAD', 'SAD', 'ANGRY');

CREATE TABLE "users" ("id" INTEGER NOT NULL, "name" TEXT NOT NULL, CONSTRAINT "users_pkey" PRIMARY KEY ("id"));

CREATE TABLE "words" (
  "id" INTEGER NOT NULL,
  "text" TEXT NOT NULL,
  "count" INTEGER,
  "weight" INTEGER,
  "kind" "Kind" NOT NULL,
  "data" JSONB,
  "hint" TEXT,
  "rating" INTEGER,
  "translation" TEXT,
  "origin" TEXT,
  "remark" TEXT,
  CONSTRAINT "words_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "notes" (
  "id" INTEGER NOT NULL,
  "user_id" INTEGER NOT NULL,
  "text" TEXT NOT NULL,
  "rank" INTEGER,
  "mood" "Mood" NOT NULL,
  "first" INTEGER,
  CONSTRAINT "notes_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "notes" ADD CONSTRAINT "notes_first_fkey" FOREIGN KEY ("first") REFERENCES "notes"("id") ON DELETE SET NULL ON UPDATE CASCADE;

CREATE TABLE "tags" ("id" INTEGER NOT NULL);
CREATE TABLE "labels" ("id" INTEGER NOT NULL, CONSTRAINT "stickers_pkey" PRIMARY KEY ("id"));
CREATE TABLE "logs" ("id" INTEGER NOT NULL, "what" TEXT NOT NULL, CONSTRAINT "logs_pkey" PRIMARY KEY ("id"));
CREATE TABLE "drafts" ("id" INTEGER NOT NULL, CONSTRAINT "drafts_pkey" PRIMARY KEY ("id"));
CREATE TABLE "spare" ("id" INTEGER NOT NULL, CONSTRAINT "spare_pkey" PRIMARY KEY ("id"));

CREATE VIEW "long_words" AS SELECT "id" FROM "words" WHERE length("text") > 10;
CREATE VIEW "short_words" AS SELECT "id" FROM "words" WHERE length("text") < 4;

CREATE FUNCTION words_bump() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "words_bump" BEFORE UPDATE ON "words" FOR EACH ROW EXECUTE FUNCTION words_bump();

CREATE SCHEMA "archive";
CREATE TABLE "archive"."notes" ("id" INTEGER NOT NULL);
CREATE SCHEMA "school";
CREATE SCHEMA "history";
CREATE TABLE "history"."old_notes" ("id" INTEGER NOT NULL, "at" TIMESTAMP(3) NOT NULL) PARTITION BY RANGE ("at");
CREATE TABLE "history"."notes_2023" PARTITION OF "history"."old_notes" FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE "history"."notes_2024" ("id" INTEGER NOT NULL, "at" TIMESTAMP(3) NOT NULL);
