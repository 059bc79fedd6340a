ALTER TABLE "chat_sessions" ADD COLUMN "status" TEXT NOT NULL DEFAULT 'active';
