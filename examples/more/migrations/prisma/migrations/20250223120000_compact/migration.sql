CLUSTER "notes" USING "notes_pkey"; -- error: migration/vacuum-full
