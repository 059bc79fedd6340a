CREATE TYPE "api_provider" AS ENUM ('OPENAI');

CREATE TABLE "user_api_credentials" (
    "id" SERIAL NOT NULL,
    "user_id" TEXT NOT NULL,
    "provider" "api_provider" NOT NULL,
    "encrypted_key" TEXT NOT NULL,
    "last_four" VARCHAR(4) NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,
    "last_used_at" TIMESTAMP(3),

    CONSTRAINT "user_api_credentials_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "user_api_credentials_user_id_provider_key" ON "user_api_credentials"("user_id", "provider");

CREATE INDEX "user_api_credentials_user_id_idx" ON "user_api_credentials"("user_id");

ALTER TABLE "user_api_credentials" ADD CONSTRAINT "user_api_credentials_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
