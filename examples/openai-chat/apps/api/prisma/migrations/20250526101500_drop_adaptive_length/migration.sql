UPDATE "agents" SET "response_length" = 'STANDARD' WHERE "response_length" = 'ADAPTIVE';

CREATE TYPE "response_length_new" AS ENUM ('SHORT', 'STANDARD', 'LONG');
ALTER TABLE "agents" ALTER COLUMN "response_length" DROP DEFAULT;
ALTER TABLE "agents" ALTER COLUMN "response_length" TYPE "response_length_new" USING ("response_length"::text::"response_length_new");
ALTER TYPE "response_length" RENAME TO "response_length_old";
ALTER TYPE "response_length_new" RENAME TO "response_length";
DROP TYPE "response_length_old";
ALTER TABLE "agents" ALTER COLUMN "response_length" SET DEFAULT 'STANDARD';
