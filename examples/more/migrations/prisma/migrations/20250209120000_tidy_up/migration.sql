ALTER TABLE "words" DROP COLUMN "hint"; -- error: migration/drop-column
ALTER TABLE "words" DROP COLUMN "rating"; -- error: migration/drop-column-still-used
DROP TABLE "drafts"; -- error: migration/drop-table
DROP VIEW "long_words"; -- error: migration/drop-object
ALTER TABLE "notes" DROP CONSTRAINT "notes_first_fkey"; -- error: migration/drop-foreign-key
DROP SCHEMA "archive" CASCADE; -- error: migration/drop-schema
