"""A monorepo of any size, to measure how time grows with it.

    python3 benches/monorepo.py make 200 /tmp/monorepo       # 200 features
    python3 benches/monorepo.py growth --program target/release/snell 100 1000

A feature is a model with an owner and a list of its own, its migration, a NestJS module, controller, service and DTO, a
page of the front end, and a raw query. Features refer to each other as those of real projects do: a service calls the
service of the feature before it. The text depends on the size alone.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HEAD = """generator client {
  provider = "prisma-client-js"
}

datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id    String @id @default(uuid())
  email String @unique
%s}
"""

MODEL = """
model Feature{n} {{
  id        String   @id @default(uuid())
  title     String
  state     State{n} @default(OPEN)
  ownerId   String
  owner     User     @relation(fields: [ownerId], references: [id], onDelete: Cascade)
  items     Item{n}[]
  createdAt DateTime @default(now())

  @@index([ownerId])
}}

model Item{n} {{
  id        String     @id @default(uuid())
  amount    Decimal
  featureId String
  feature   Feature{n} @relation(fields: [featureId], references: [id])
}}

enum State{n} {{
  OPEN
  DONE
}}
"""

MIGRATION = """-- CreateEnum
CREATE TYPE "State{n}" AS ENUM ('OPEN', 'DONE');

-- CreateTable
CREATE TABLE "Feature{n}" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "state" "State{n}" NOT NULL DEFAULT 'OPEN',
    "ownerId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Feature{n}_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Item{n}" (
    "id" TEXT NOT NULL,
    "amount" DECIMAL(65,30) NOT NULL,
    "featureId" TEXT NOT NULL,
    CONSTRAINT "Item{n}_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Feature{n}_ownerId_idx" ON "Feature{n}"("ownerId");

-- AddForeignKey
ALTER TABLE "Feature{n}" ADD CONSTRAINT "Feature{n}_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Item{n}" ADD CONSTRAINT "Item{n}_featureId_fkey" FOREIGN KEY ("featureId") REFERENCES "Feature{n}"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
"""

CONTROLLER = """import {{ Body, Controller, Get, Param, Post, Req, UseGuards }} from '@nestjs/common';
import {{ AuthGuard }} from '../auth.guard';
import {{ CreateFeature{n}Dto }} from './dto';
import {{ Feature{n}Service }} from './service';

@UseGuards(AuthGuard)
@Controller('feature{n}')
export class Feature{n}Controller {{
  constructor(private readonly service: Feature{n}Service) {{}}

  @Get()
  list(@Req() request: {{ user: {{ id: string }} }}) {{
    return this.service.list(request.user.id);
  }}

  @Get(':id')
  one(@Param('id') id: string) {{
    return this.service.one(id);
  }}

  @Post()
  create(@Req() request: {{ user: {{ id: string }} }}, @Body() body: CreateFeature{n}Dto) {{
    return this.service.create(request.user.id, body);
  }}
}}
"""

SERVICE = """import {{ Injectable }} from '@nestjs/common';
import {{ PrismaService }} from '../prisma.service';
import {{ CreateFeature{n}Dto }} from './dto';
{imported}
@Injectable()
export class Feature{n}Service {{
  constructor(private readonly prisma: PrismaService{injected}) {{}}

  async list(ownerId: string) {{
    const all = await this.prisma.feature{n}.findMany({{ where: {{ ownerId, state: 'OPEN' }}, take: 50 }});
    const counts = [];
    for (const one of all) {{
      counts.push(await this.prisma.item{n}.count({{ where: {{ featureId: one.id }} }}));
    }}
    {called}return all.map((one, n) => ({{ ...one, count: counts[n] }}));
  }}

  one(id: string) {{
    return this.prisma.feature{n}.findUnique({{ where: {{ id }}, include: {{ items: true }} }});
  }}

  async create(ownerId: string, body: CreateFeature{n}Dto) {{
    if (body.title.length > 80) {{
      throw new Error('too long');
    }}
    return this.prisma.feature{n}.create({{ data: {{ ...body, ownerId }} }});
  }}

  total(featureId: string) {{
    return this.prisma.$queryRaw<{{ total: string }}[]>`
      SELECT sum(amount)::text AS total FROM "Item{n}" WHERE "featureId" = ${{featureId}}`;
  }}
}}
"""

DTO = """import {{ IsIn, IsString }} from 'class-validator';

export class CreateFeature{n}Dto {{
  @IsString()
  title: string;

  @IsIn(['OPEN', 'DONE'])
  state: 'OPEN' | 'DONE';
}}
"""

MODULE = """import {{ Module }} from '@nestjs/common';
import {{ PrismaService }} from '../prisma.service';
import {{ Feature{n}Controller }} from './controller';
import {{ Feature{n}Service }} from './service';

@Module({{ controllers: [Feature{n}Controller], providers: [Feature{n}Service, PrismaService], exports: [Feature{n}Service] }})
export class Feature{n}Module {{}}
"""

PAGE = """import {{ useEffect, useState }} from 'react';
import axios from 'axios';

interface Feature{n}View {{
  id: string;
  title: string;
  state: 'OPEN' | 'DONE';
}}

export function Feature{n}Page() {{
  const [all, setAll] = useState<Feature{n}View[]>([]);
  useEffect(() => {{
    axios.get('/feature{n}').then((answer) => setAll(answer.data));
  }}, []);
  return <ul>{{all.map((one) => <li key={{one.id}}>{{one.title}}</li>)}}</ul>;
}}
"""

SHARED = {
    "package.json": '{"private": true, "workspaces": ["apps/*"]}\n',
    "apps/api/package.json": '{"name": "api", "dependencies": {"@nestjs/common": "11.0.0", "@prisma/client": "6.0.0"}}\n',
    "apps/web/package.json": '{"name": "web", "dependencies": {"react": "19.0.0", "axios": "1.0.0"}}\n',
    "apps/api/src/prisma.service.ts": (
        "import { Injectable } from '@nestjs/common';\n"
        "import { PrismaClient } from '@prisma/client';\n\n"
        "@Injectable()\nexport class PrismaService extends PrismaClient {}\n"
    ),
    "apps/api/src/auth.guard.ts": (
        "import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';\n\n"
        "@Injectable()\nexport class AuthGuard implements CanActivate {\n"
        "  canActivate(context: ExecutionContext) {\n"
        "    return Boolean(context.switchToHttp().getRequest().user);\n  }\n}\n"
    ),
    "apps/api/prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
    "apps/api/prisma/migrations/0000_init/migration.sql": (
        'CREATE TABLE "User" (\n    "id" TEXT NOT NULL,\n    "email" TEXT NOT NULL,\n'
        '    CONSTRAINT "User_pkey" PRIMARY KEY ("id")\n);\n'
        'CREATE UNIQUE INDEX "User_email_key" ON "User"("email");\n'
    ),
}


def make(size, folder):
    """Writes a monorepo with this many features."""
    root = pathlib.Path(folder)

    def write(path, text):
        path = root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    for path, text in SHARED.items():
        write(path, text)
    lists = "".join(f"  feature{n} Feature{n}[]\n" for n in range(size))
    models = "".join(MODEL.format(n=n) for n in range(size))
    write("apps/api/prisma/schema.prisma", HEAD % lists + models)
    for n in range(size):
        before = n - 1
        names = {"n": n, "imported": "", "injected": "", "called": ""}
        if n % 10:
            names["imported"] = f"import {{ Feature{before}Service }} from '../feature{before}/service';\n"
            names["injected"] = f", private readonly before: Feature{before}Service"
            names["called"] = "await this.before.total(all[0].id);\n    "
        source = f"apps/api/src/feature{n}"
        write(f"{source}/controller.ts", CONTROLLER.format(**names))
        write(f"{source}/service.ts", SERVICE.format(**names))
        write(f"{source}/dto.ts", DTO.format(**names))
        write(f"{source}/module.ts", MODULE.format(**names))
        write(f"apps/web/src/feature{n}.tsx", PAGE.format(**names))
        write(f"apps/api/prisma/migrations/{n + 1:04}_feature/migration.sql", MIGRATION.format(**names))


def growth(program, sizes, runs):
    """Prints the median time and memory of a check at each size, and how they grow from one to the next."""
    environment = {**os.environ, "SNELL_NO_CACHE": "1"}
    before = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            make(size, folder)
            times = []
            for _ in range(runs):
                started = time.monotonic()
                child = subprocess.Popen(
                    [program, "check", "--format", "json", "--exit-zero", folder],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                )
                _, status, usage = os.wait4(child.pid, 0)
                times.append(time.monotonic() - started)
                child.returncode = os.waitstatus_to_exitcode(status)
                if child.returncode:
                    sys.exit(f"exit code {child.returncode}")
            cpu = usage.ru_utime + usage.ru_stime
        median = statistics.median(times)
        line = f"{size} features: {median:.2f} s, {cpu:.2f} s of CPU, {usage.ru_maxrss >> 10} MiB"
        if before:
            line += f"; {size / before[0]:.1f} times the features, {median / before[1]:.1f} times the time"
            line += f", {cpu / before[2]:.1f} times the CPU"
        print(line, flush=True)
        before = (size, median, cpu)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("size", type=int)
    making.add_argument("folder")
    growing = commands.add_parser("growth")
    growing.add_argument("sizes", type=int, nargs="+")
    growing.add_argument("--program", default="target/release/snell")
    growing.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.size, arguments.folder)
    else:
        growth(arguments.program, arguments.sizes, arguments.runs)


if __name__ == "__main__":
    main()
