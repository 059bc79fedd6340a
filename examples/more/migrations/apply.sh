# Runs what was written last.
NEWEST=$(ls -t prisma/migrations | head -1)
npx prisma db execute --file "prisma/migrations/$NEWEST/migration.sql"
npx prisma migrate resolve --applied "$NEWEST" # error: migration/marked-applied
