CREATE TABLE "plans" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "note" TEXT NOT NULL DEFAULT 'null',
    "monthly_price" DOUBLE PRECISION NOT NULL,
    "credit" MONEY NOT NULL,
    "features" JSONB NOT NULL DEFAULT '[]',
    "legacy_code" TEXT NOT NULL,
    "deleted_at" TIMESTAMP(3),

    CONSTRAINT "plans_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "setting_reviews" (
    "id" SERIAL NOT NULL,
    "plan_id" SMALLINT NOT NULL,
    "agent_id" INTEGER,
    "config_key" TEXT,
    "remark" TEXT NOT NULL,

    CONSTRAINT "setting_reviews_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "plans_name_deleted_at_key" ON "plans"("name", "deleted_at");

CREATE INDEX "setting_reviews_plan_id_idx" ON "setting_reviews"("plan_id");

CREATE INDEX "setting_reviews_agent_id_config_key_idx" ON "setting_reviews"("agent_id", "config_key");

ALTER TABLE "setting_reviews" ADD CONSTRAINT "setting_reviews_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "setting_reviews" ADD CONSTRAINT "setting_reviews_agent_id_config_key_fkey" FOREIGN KEY ("agent_id", "config_key") REFERENCES "agent_configs"("agent_id", "config_key") ON DELETE SET NULL ON UPDATE CASCADE;
