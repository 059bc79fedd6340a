import { PrismaClient } from '@prisma/client';

export class PagesRepository {
  constructor(private readonly prisma: PrismaClient) {}

  nearest(vector: string) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id
      FROM pages
      ORDER BY embedding <=> ${vector}::vector -- error: vector/missing-index
      LIMIT 10
    `;
  }
}
