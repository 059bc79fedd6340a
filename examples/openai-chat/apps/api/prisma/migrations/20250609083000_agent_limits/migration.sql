ALTER TABLE "agents"
    ADD CONSTRAINT "agents_temperature_check" CHECK ("temperature" BETWEEN 0 AND 2) NOT VALID,
    ADD CONSTRAINT "agents_max_tokens_check" CHECK ("max_tokens" > 0) NOT VALID;
