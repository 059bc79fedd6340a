DROP DATABASE IF EXISTS "reports"; -- error: migration/drop-database
