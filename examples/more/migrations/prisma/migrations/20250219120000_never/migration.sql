BEGIN; -- error: migration/uncommitted-transaction
COMMENT ON TABLE "tags" IS 'words on notes';
