ALTER TABLE "bots" RENAME TO "agents";
ALTER SEQUENCE "bots_id_seq" RENAME TO "agents_id_seq";
ALTER TABLE "agents" RENAME CONSTRAINT "bots_pkey" TO "agents_pkey";
ALTER TABLE "agents" RENAME CONSTRAINT "bots_user_id_fkey" TO "agents_user_id_fkey";
ALTER INDEX "bots_user_id_name_key" RENAME TO "agents_user_id_name_key";

ALTER TABLE "chat_sessions" RENAME COLUMN "bot_id" TO "agent_id";
ALTER TABLE "chat_sessions" RENAME CONSTRAINT "chat_sessions_bot_id_fkey" TO "chat_sessions_agent_id_fkey";
ALTER INDEX "chat_sessions_bot_id_last_message_at_idx" RENAME TO "chat_sessions_agent_id_last_message_at_idx";
