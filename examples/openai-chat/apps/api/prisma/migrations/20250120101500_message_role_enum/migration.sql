CREATE TYPE "message_role" AS ENUM ('USER', 'ASSISTANT', 'SYSTEM');

ALTER TABLE "messages"
    ALTER COLUMN "role" TYPE "message_role" USING upper("role")::"message_role";
