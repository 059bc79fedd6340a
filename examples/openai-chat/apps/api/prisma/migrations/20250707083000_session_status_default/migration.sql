ALTER TABLE "chat_sessions" ALTER COLUMN "status" SET DEFAULT 'active'; -- error: migration/duplicate-timestamp
