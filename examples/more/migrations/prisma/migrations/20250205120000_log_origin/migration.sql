ALTER TABLE "logs" ADD COLUMN "origin" TEXT;
CREATE INDEX CONCURRENTLY "logs_origin_idx" ON "logs"("origin"); -- error: migration/concurrently-in-transaction
