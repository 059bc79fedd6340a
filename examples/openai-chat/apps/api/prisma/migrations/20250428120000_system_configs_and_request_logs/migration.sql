CREATE TYPE "ai_request_kind" AS ENUM ('CHAT', 'MEMORY');

CREATE TABLE "system_configs" (
    "id" SERIAL NOT NULL,
    "config_key" TEXT NOT NULL,
    "agent_type" "agent_type",
    "config_value" JSONB NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "system_configs_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "ai_request_logs" (
    "id" SERIAL NOT NULL,
    "user_id" TEXT,
    "agent_id" INTEGER,
    "kind" "ai_request_kind" NOT NULL DEFAULT 'CHAT',
    "model" TEXT NOT NULL,
    "prompt_tokens" INTEGER NOT NULL,
    "completion_tokens" INTEGER NOT NULL,
    "estimated_price" DECIMAL(10,6) NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ai_request_logs_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "system_configs_config_key_agent_type_key" ON "system_configs"("config_key", "agent_type");

CREATE INDEX "ai_request_logs_user_id_created_at_idx" ON "ai_request_logs"("user_id", "created_at" DESC);

CREATE INDEX "ai_request_logs_agent_id_idx" ON "ai_request_logs"("agent_id");

CREATE INDEX "ai_request_logs_created_at_id_idx" ON "ai_request_logs"("created_at", "id");

ALTER TABLE "ai_request_logs" ADD CONSTRAINT "ai_request_logs_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "ai_request_logs" ADD CONSTRAINT "ai_request_logs_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE SET NULL ON UPDATE CASCADE;
