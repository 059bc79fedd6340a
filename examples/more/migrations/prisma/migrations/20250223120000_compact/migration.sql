VACUUM FULL "notes"; -- error: migration/vacuum-full
