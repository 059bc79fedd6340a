ALTER TABLE "words" ADD COLUMN "language" TEXT NOT NULL; -- error: migration/add-required-column
ALTER TABLE "words" ADD COLUMN "public_id" UUID NOT NULL DEFAULT gen_random_uuid(); -- error: migration/add-column-volatile-default
ALTER TABLE "words" ADD COLUMN "length" INTEGER GENERATED ALWAYS AS (length("text")) STORED; -- error: migration/add-generated-column
ALTER TABLE "words" ADD COLUMN "position" SERIAL NOT NULL; -- error: migration/add-serial-column
