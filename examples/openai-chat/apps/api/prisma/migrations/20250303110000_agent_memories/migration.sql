CREATE EXTENSION IF NOT EXISTS "vector";

CREATE TABLE "agent_memories" (
    "id" SERIAL NOT NULL,
    "agent_id" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "key_point" TEXT NOT NULL,
    "context" JSONB,
    "vector_embedding" vector(1536),
    "update_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "agent_memories_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "agent_memories_user_id_agent_id_created_at_idx" ON "agent_memories"("user_id", "agent_id", "created_at" DESC);

CREATE INDEX "agent_memories_agent_id_idx" ON "agent_memories"("agent_id");

CREATE INDEX "agent_memories_vector_embedding_idx" ON "agent_memories" -- error: vector/index-dropped-by-migrate
    USING hnsw ("vector_embedding" vector_cosine_ops);

ALTER TABLE "agent_memories" ADD CONSTRAINT "agent_memories_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "agent_memories" ADD CONSTRAINT "agent_memories_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
