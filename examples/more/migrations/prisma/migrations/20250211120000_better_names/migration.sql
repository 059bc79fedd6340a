ALTER TABLE "words" DROP COLUMN "translation", -- error: migration/rename-as-drop-add
  ADD COLUMN "translation_text" TEXT;
ALTER TABLE "words" RENAME COLUMN "origin" TO "source"; -- error: migration/rename-column
ALTER TABLE "labels" RENAME TO "stickers"; -- error: migration/rename-table
ALTER VIEW "short_words" RENAME TO "brief_words"; -- error: migration/rename-object
ALTER SCHEMA "school" RENAME TO "academy"; -- error: migration/rename-schema
ALTER TABLE "spare" SET SCHEMA "academy"; -- error: migration/move-schema
