import { PrismaService } from '../src/prisma.service';

export function testDatabase(): string | undefined {
  return process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL; // error: maintainability/test-database-unused
}

export async function emptyTables(prisma: PrismaService): Promise<void> {
  await prisma.note.deleteMany({});
  await prisma.setting.deleteMany({});
  await prisma.user.deleteMany({});
}
