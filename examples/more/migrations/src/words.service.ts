import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

/** The words that people like best. */
export function best(): Promise<{ text: string }[]> {
  return prisma.$queryRaw<{ text: string }[]>`
    SELECT text FROM words ORDER BY rating DESC LIMIT 10`; // error: raw-sql/unknown-column
}
