BEGIN;
COMMENT ON TABLE "words" IS 'words to learn';
BEGIN; -- error: migration/nested-transaction
COMMENT ON TABLE "notes" IS 'about words';
COMMIT;
