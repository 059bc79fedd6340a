ALTER TYPE "Mood" RENAME VALUE 'SAD' TO 'GLUM'; -- error: migration/rename-enum-value
