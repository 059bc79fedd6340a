UPDATE "words" SET "source" = "remark" WHERE "source" IS NULL;
ALTER TABLE "words" DROP COLUMN "remark"; -- error: migration/drop-without-deprecation
