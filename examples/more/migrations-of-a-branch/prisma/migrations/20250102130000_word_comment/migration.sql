-- change: added
COMMENT ON TABLE "words" IS 'words to learn'; -- error: migration/out-of-order
