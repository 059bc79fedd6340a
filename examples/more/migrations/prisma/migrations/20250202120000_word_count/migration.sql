ALTER TABLE "words" ALTER COLUMN "count" SET NOT NULL; -- error: migration/set-not-null
ALTER TABLE "words" ALTER COLUMN "weight" SET DATA TYPE BIGINT; -- error: migration/change-column-type
ALTER TABLE "words" DROP COLUMN "length", DROP COLUMN "position";
ALTER TABLE "logs" SET UNLOGGED; -- error: migration/table-rewrite
