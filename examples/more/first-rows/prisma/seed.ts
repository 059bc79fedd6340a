import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

async function main(): Promise<void> {
  const root = await prisma.user.upsert({ // error: seed-data/single-user
    where: { email: 'root@first-rows.app' },
    create: {
      id: 'root', // error: seed-data/user-id-format
      email: 'root@first-rows.app',
      passwordHash: '$2b$12$9vYJ0e4cK1mQxPz3sWnRtuLhBd5GfVaEo7iMyT8pXwQkNjZrC2SDi', // error: seed-data/hardcoded-secret
    },
    update: {},
  });
  await prisma.note.create({ data: { userId: root.id, text: 'Read me first' } }); // error: seed-data/not-idempotent
  await prisma.$executeRaw`
    -- error-next-line: seed-data/unknown-field
    INSERT INTO settings (key, value) VALUES ('theme', 'dark') ON CONFLICT DO NOTHING
  `;
}

main().finally(() => prisma.$disconnect());
