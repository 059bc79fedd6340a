ALTER TABLE "agents" VALIDATE CONSTRAINT "agents_temperature_check";
ALTER TABLE "agents" VALIDATE CONSTRAINT "agents_max_tokens_check";
