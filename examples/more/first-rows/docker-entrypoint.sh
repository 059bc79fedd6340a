#!/bin/sh
npx prisma migrate deploy
npx prisma db seed # error: seed-data/runs-in-production
node dist/main.js
