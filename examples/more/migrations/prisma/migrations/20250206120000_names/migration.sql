ALTER TYPE "Kind" ADD VALUE 'NAME';
ALTER TABLE "words" ALTER COLUMN "kind" SET DEFAULT 'NAME'; -- error: migration/add-enum-value-in-transaction
