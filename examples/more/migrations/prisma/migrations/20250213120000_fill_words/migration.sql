UPDATE "words" SET "theme" = "data"::text WHERE "data" IS NOT NULL; -- error: migration/json-text-cast
UPDATE "words" SET "count" = 0; -- error: migration/update-without-where
UPDATE "words" SET "text" = lower("text"); -- error: migration/backfill-unbatched
UPDATE "words" SET "count" = 1 WHERE "count" IS NULL; -- error: migration/no-op-backfill
