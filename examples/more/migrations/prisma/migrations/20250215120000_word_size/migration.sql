ALTER TABLE "words" ADD COLUMN "size" INTEGER;
UPDATE "words" SET "size" = length("text"); -- error: migration/data-and-schema-mixed
