DELETE FROM "notes" WHERE "rank" = 1; -- error: migration/irreversible
DELETE FROM "logs"; -- error: migration/delete-without-where
TRUNCATE TABLE "logs"; -- error: migration/truncate
TRUNCATE TABLE "users" CASCADE; -- error: migration/truncate-cascade
