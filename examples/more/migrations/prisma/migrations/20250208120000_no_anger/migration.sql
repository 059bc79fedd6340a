BEGIN;
CREATE TYPE "Mood_new" AS ENUM ('GLAD', 'GLUM');
ALTER TABLE "notes" ALTER COLUMN "mood" TYPE "Mood_new" USING ("mood"::text::"Mood_new"); -- error: migration/enum-recreated
ALTER TYPE "Mood" RENAME TO "Mood_old";
ALTER TYPE "Mood_new" RENAME TO "Mood";
DROP TYPE "Mood_old";
COMMIT;
