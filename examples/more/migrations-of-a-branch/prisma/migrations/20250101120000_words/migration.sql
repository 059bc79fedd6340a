-- change: edited
CREATE TABLE "words" ("id" INTEGER NOT NULL, "text" TEXT NOT NULL, CONSTRAINT "words_pkey" PRIMARY KEY ("id")); -- error: migration/edited-after-apply
