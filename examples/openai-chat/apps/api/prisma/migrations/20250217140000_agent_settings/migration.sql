CREATE TYPE "user_role" AS ENUM ('USER', 'ADMIN');
CREATE TYPE "agent_type" AS ENUM ('GENERAL', 'LANGUAGE_ASSISTANT');
CREATE TYPE "response_length" AS ENUM ('SHORT', 'STANDARD', 'LONG', 'ADAPTIVE');

ALTER TABLE "users" ADD COLUMN "roles" "user_role"[] DEFAULT ARRAY['USER']::"user_role"[];

ALTER TABLE "agents"
    ADD COLUMN "agent_type" "agent_type" NOT NULL DEFAULT 'GENERAL',
    ADD COLUMN "response_length" "response_length" NOT NULL DEFAULT 'STANDARD',
    ADD COLUMN "language" TEXT,
    ADD COLUMN "model" TEXT NOT NULL DEFAULT 'gpt-4o-mini',
    ADD COLUMN "temperature" DOUBLE PRECISION NOT NULL DEFAULT 0.7,
    ADD COLUMN "max_tokens" INTEGER NOT NULL DEFAULT 1024;

CREATE TABLE "agent_configs" (
    "agent_id" INTEGER NOT NULL,
    "config_key" TEXT NOT NULL,
    "config_value" JSONB NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "agent_configs_pkey" PRIMARY KEY ("agent_id", "config_key")
);

ALTER TABLE "agent_configs" ADD CONSTRAINT "agent_configs_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;
