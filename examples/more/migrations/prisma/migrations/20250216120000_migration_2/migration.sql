CREATE VIEW "hard_words" AS SELECT "id" FROM "words" WHERE "weight" > 9; -- error: migration/name-convention, migration/unmanaged-object
