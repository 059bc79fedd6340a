ALTER TABLE "notes" ADD CONSTRAINT "notes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE; -- error: migration/add-foreign-key-without-not-valid
ALTER TABLE "notes" ADD CONSTRAINT "notes_rank_check" CHECK ("rank" > 0); -- error: migration/add-check-without-not-valid
ALTER TABLE "notes" ADD CONSTRAINT "notes_rank_low_check" CHECK ("rank" < 1000) NOT VALID;
ALTER TABLE "notes" VALIDATE CONSTRAINT "notes_rank_low_check"; -- error: migration/validate-in-same-transaction
ALTER TABLE "notes" ADD CONSTRAINT "notes_rank_excl" EXCLUDE USING btree ("rank" WITH =); -- error: migration/add-exclusion-constraint
ALTER TABLE "notes" DROP CONSTRAINT "notes_rank_excl";
ALTER TABLE "notes" ADD CONSTRAINT "notes_text_key" UNIQUE ("text"); -- error: migration/add-unique-constraint
ALTER TABLE "tags" ADD CONSTRAINT "tags_pkey" PRIMARY KEY ("id"); -- error: migration/add-primary-key
