// Workspaces that are made for the test: one with 300 models, one whose names and comments want to be markup.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function write(folder, files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const SOURCE = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n\ngenerator client {\n  provider = "prisma-client-js"\n}\n\n';
const SERVICE = `import { Injectable } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

@Injectable()
export class PrismaService extends PrismaClient {}
`;

/** 300 models, each owned by a user, each with a controller of its own. */
export function big(folder) {
  const COUNT = 300;
  let schema = `${SOURCE}model User {\n  id String @id\n  email String?\n`;
  for (let n = 0; n < COUNT; n++) schema += `  things${n} Thing${n}[]\n`;
  schema += '}\n';
  const files = { 'package.json': '{ "name": "big", "workspaces": [] }', 'src/prisma.service.ts': SERVICE };
  for (let n = 0; n < COUNT; n++) {
    const parent = n % 3 ? `  parentId String?\n  parent Thing${n - 1}? @relation(fields: [parentId], references: [id])\n` : '';
    const child = (n + 1) % 3 && n + 1 < COUNT ? `  children Thing${n + 1}[]\n` : '';
    schema += `\nmodel Thing${n} {\n  id String @id\n  name String\n  status String\n  createdAt DateTime @default(now())\n  userId String\n  user User @relation(fields: [userId], references: [id])\n${parent}${child}}\n`;
    files[`src/thing${n}.controller.ts`] = `import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Controller('things${n}')
export class Thing${n}Controller {
  constructor(private readonly prisma: PrismaService) {}

  @Get()
  list() {
    return this.prisma.thing${n}.findMany({ orderBy: { createdAt: 'desc' } });
  }

  @Get(':id')
  one(@Param('id') id: string) {
    return this.prisma.thing${n}.findUnique({ where: { id } });
  }

  @Post()
  make(@Body() body: { name: string }) {
    return this.prisma.thing${n}.create({ data: { id: body.name, name: body.name, status: 'new', userId: 'x' } });
  }

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.prisma.thing${n}.delete({ where: { id } });
  }
}
`;
  }
  files['prisma/schema.prisma'] = schema;
  write(folder, files);
  return { models: COUNT + 1 };
}

/** Everything that a name or a comment may hold to break out of a page. */
export const EVIL = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'`|&lt;--> \u202e\u001b[31m';

export function hostile(folder) {
  const inLine = EVIL.replaceAll('"', '').replaceAll('\\', '');
  write(folder, {
    'package.json': JSON.stringify({ name: 'evil', workspaces: [] }),
    'prisma/schema.prisma': `${SOURCE}/// ${EVIL}
model User {
  id    String  @id @map("${inLine}")
  email String? @map("</details></section><script>alert(3)</script>") // ${EVIL}
  role  String  @default("${inLine}")
  notes Note[]

  @@unique([email], map: "</title><script>alert(4)</script>")
  @@map("${inLine}")
}

model Note {
  id     String @id
  text   String
  userId String // ${EVIL}
  user   User   @relation(fields: [userId], references: [id])

  @@map("</svg><script>alert(5)</script>")
}
`,
    'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
    'prisma/migrations/20250101000000_<script>alert(6)</migration.sql': `-- ${EVIL}\nCREATE TABLE "</script><script>alert(7)</script>" ("id" TEXT);\nDROP TABLE "</script><script>alert(8)</script>", "</td><img src=x onerror=alert(9)>";\n`,
    'src/prisma.service.ts': SERVICE,
    'src/<img src=x onerror=alert(10)>.controller.ts': `import { Controller, Get, Param, Query } from '@nestjs/common';
import { PrismaService } from './prisma.service';

// ${EVIL}
@Controller('</script><script>alert(11)</script>')
export class EvilController {
  constructor(private readonly prisma: PrismaService) {}

  @Get('<img src=x onerror=alert(12)>/:id')
  one(@Param('id') id: string) {
    return this.prisma.note.findUnique({ where: { id } }); // ${EVIL}
  }

  @Get()
  raw(@Query('q') q: string) {
    return this.prisma.$queryRawUnsafe(\`SELECT '</script><script>alert(13)</script>' FROM "x" WHERE id = '\${q}'\`);
  }
}
`,
  });
  return { models: 2 };
}
