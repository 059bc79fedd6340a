//! What the parts of an audit say, each against the fault that it once had: who is let through, what is
//! returned, what a changed column takes along, and what is not judged.

mod support;

use support::door::{snell, stdout, workspace};

const SCHEMA: &str = r#"datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

enum StaffRole {
  ADMIN
  LEAD
  DESK
  DRIVER
}

model User {
  id      String    @id
  role    StaffRole @default(DRIVER)
  email   String
  lat     Float?
  loans   Loan[]
}

model Guest {
  id            String    @id @default(cuid())
  firstName     String
  licenceNumber String?
  dob           DateTime?
  cards         Card[]
  loans         Loan[]
}

model Card {
  id         String @id @default(cuid())
  cardNumber String
  guestId    String
  guest      Guest  @relation(fields: [guestId], references: [id], onDelete: Cascade)

  @@index([guestId])
}

model Loan {
  id        String   @id @default(cuid())
  price     Float
  labels    Json     @default("[]") // Array of strings
  guestId   String
  staffId   String
  createdAt DateTime @default(now())
  updatedAt DateTime @updatedAt
  guest     Guest    @relation(fields: [guestId], references: [id], onDelete: Cascade)
  staff     User     @relation(fields: [staffId], references: [id], onDelete: Cascade)

  @@index([guestId])
  @@index([staffId])
}
"#;

const MIGRATION: &str = r#"CREATE TYPE "StaffRole" AS ENUM ('ADMIN', 'LEAD', 'DESK', 'DRIVER');
CREATE TABLE "User" ("id" TEXT NOT NULL, "role" "StaffRole" NOT NULL DEFAULT 'DRIVER', "email" TEXT NOT NULL, "lat" DOUBLE PRECISION, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Guest" ("id" TEXT NOT NULL, "firstName" TEXT NOT NULL, "licenceNumber" TEXT, "dob" TIMESTAMP(3), CONSTRAINT "Guest_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Card" ("id" TEXT NOT NULL, "cardNumber" TEXT NOT NULL, "guestId" TEXT NOT NULL, CONSTRAINT "Card_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Loan" ("id" TEXT NOT NULL, "price" DOUBLE PRECISION NOT NULL, "labels" JSONB NOT NULL DEFAULT '[]', "guestId" TEXT NOT NULL, "staffId" TEXT NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" TIMESTAMP(3) NOT NULL, CONSTRAINT "Loan_pkey" PRIMARY KEY ("id"));
CREATE INDEX "Card_guestId_idx" ON "Card"("guestId");
CREATE INDEX "Loan_guestId_idx" ON "Loan"("guestId");
CREATE INDEX "Loan_staffId_idx" ON "Loan"("staffId");
ALTER TABLE "Card" ADD CONSTRAINT "Card_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "Guest"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Loan" ADD CONSTRAINT "Loan_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "Guest"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Loan" ADD CONSTRAINT "Loan_staffId_fkey" FOREIGN KEY ("staffId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
"#;

const GUARDS: &str = r#"import { CanActivate, ExecutionContext, Injectable, SetMetadata, createParamDecorator } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

export const Roles = (...roles: string[]) => SetMetadata('roles', roles);
export const Me = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().user);

@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext) {
    const roles = this.reflector.getAllAndOverride<string[]>('roles', [context.getHandler(), context.getClass()]);
    if (!roles) return true;
    const { user } = context.switchToHttp().getRequest();
    return roles.includes(user.role);
  }
}
"#;

const CONTROLLER: &str = r#"import { Body, Controller, Delete, ForbiddenException, Get, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';
import { AuthGuard } from '@nestjs/passport';
import { Me, Roles, RolesGuard } from './guards';

const DESK = ['DESK', 'LEAD'];
const STAFF = [...DESK, 'ADMIN'];

@Controller('loans')
@UseGuards(AuthGuard('jwt'), RolesGuard)
export class LoansController {
  constructor(private readonly prisma: PrismaClient) {}

  @Post()
  @Roles(...STAFF)
  add(@Body() body: { price: number; guestId: string; staffId: string; labels: string[] }) {
    return this.prisma.loan.create({ data: { price: body.price, guestId: body.guestId, staffId: body.staffId, labels: body.labels } });
  }

  @Get(':id')
  @Roles(...STAFF)
  one(@Param('id') id: string) {
    return this.prisma.loan.findUnique({ where: { id }, include: { guest: { include: { cards: true } } } });
  }

  @Patch('guests/:id')
  rename(@Param('id') id: string, @Body('firstName') firstName: string) {
    return this.prisma.guest.update({ where: { id }, data: { firstName } });
  }

  @Delete('guests/:id')
  async remove(@Me() user: { id: string; role: string }, @Param('id') id: string) {
    if (user.role !== 'ADMIN') throw new ForbiddenException();
    await this.prisma.guest.delete({ where: { id } });
  }
}
"#;

/// The audit of a small desk that lends things.
fn desk() -> String {
    let folder = workspace(&[
        (
            "package.json",
            "{\"name\": \"desk\", \"dependencies\": {\"@prisma/client\": \"5.22.0\", \"prisma\": \"5.22.0\"}}",
        ),
        ("prisma/schema.prisma", SCHEMA),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        (
            "prisma/migrations/20250101000000_init/migration.sql",
            MIGRATION,
        ),
        ("src/guards.ts", GUARDS),
        ("src/loans.controller.ts", CONTROLLER),
    ]);
    stdout(&snell(folder.path(), &["audit", "-o", "-"]))
}

/// What stands between a heading and the next one.
fn part<'a>(document: &'a str, heading: &str) -> &'a str {
    let after = document
        .split_once(heading)
        .unwrap_or_else(|| panic!("no {heading}"))
        .1;
    after.split_once("\n#").map_or(after, |(part, _)| part)
}

fn holds(part: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(part.contains(words), "no {words} in {part}");
    }
}

#[test]
fn roles_are_named_where_they_are_spread_and_where_code_asks_for_them() {
    let document = desk();
    let roles = part(&document, "### 7.3 Roles and permissions");
    holds(
        roles,
        &[
            "| `DESK`, `LEAD`, `ADMIN` | 2 |",
            "| `ADMIN`, asked for in code | 1 | [`DELETE /loans/guests/:id`]",
            "1 endpoint asks for no role and changes rows",
            "| `PATCH /loans/guests/:id` | everyone who is signed in | `Guest.update` |",
        ],
    );
    // A table that three of four roles fill is no catalogue.
    let growth = part(&document, "### 6.2 Growing tables");
    holds(growth, &["| `Loan` | append-only |"]);
}

#[test]
fn what_comes_along_with_a_row_is_in_the_answer() {
    let document = desk();
    let personal = part(&document, "### 7.4 Secrets and personal data");
    holds(
        personal,
        &[
            "| `Card.cardNumber` | card | not seen | `GET /loans/:id` (3 roles) |",
            "| `Guest.licenceNumber` | licence or identity document |",
            "| `Guest.dob` | date of birth |",
            "| `User.lat` | position | not seen | not seen | no finding | plain; not seen in an answer |",
        ],
    );
}

#[test]
fn a_change_of_type_names_the_code_and_the_way_out() {
    let document = desk();
    let price = part(&document, " `Loan.price` holds money as a `Float`\n");
    holds(
        price,
        &[
            "**Rollout**: Prisma gives `Decimal` objects",
            "- `Loan.price`: written at [loans.controller.ts:",
            "TYPE numeric(12, 2) USING round(\"price\"::numeric, 2);",
        ],
    );
    let labels = part(
        &document,
        " `Loan.labels` is `Json`, and holds a list of plain values\n",
    );
    holds(
        labels,
        &["**Rollout**: expand, then contract", "labelsList String[]"],
    );
    assert!(!labels.contains("DROP COLUMN"), "{labels}");
    let last = part(
        &document,
        "What was moved is still there: its old place goes, a release later\n",
    );
    holds(
        last,
        &[
            "`labels String[] @map(\"labels_list\"), in the place of labelsList`",
            "DROP COLUMN \"labels\";",
        ],
    );
    assert!(document.contains("with the code, 1 line of code"));
}

#[test]
fn moments_are_named_and_changed_one_table_at_a_time() {
    let document = desk();
    let moments = part(&document, "Moments are stored without their time zone\n");
    holds(
        moments,
        &[
            "`Loan`: `createdAt, updatedAt: @db.Timestamptz(6)`",
            "One migration for each table",
        ],
    );
}

#[test]
fn another_database_is_told_and_not_judged() {
    let schema = "datasource db {\n  provider = \"sqlite\"\n  url      = env(\"DATABASE_URL\")\n}\n\n\
        model Note {\n  id    String @id\n  boxId String\n  box   Box    @relation(fields: [boxId], references: [id], onDelete: Cascade)\n}\n\n\
        model Box {\n  id    String @id\n  notes Note[]\n}\n";
    let code = "import { PrismaClient } from '@prisma/client';\n\
        const prisma = new PrismaClient();\n\
        export const notes = (box: string) => prisma.$queryRaw`SELECT id FROM Note WHERE boxId = ${box}`;\n";
    let folder = workspace(&[
        ("package.json", "{\"name\": \"lite\"}"),
        ("prisma/schema.prisma", schema),
        ("src/main.ts", code),
    ]);
    let document = stdout(&snell(folder.path(), &["audit", "-o", "-"]));
    for heading in [
        "### 3.2 ", "### 3.4 ", "### 3.5 ", "### 4.1 ", "### 4.2 ", "### 4.5 ", "### 6.2 ",
        "### 7.2 ",
    ] {
        holds(
            part(&document, heading),
            &["Not judged: the database is no PostgreSQL."],
        );
    }
    for words in [
        "CONCURRENTLY",
        "pg_stat",
        "row-level security: isolation",
        "0 migrations of",
        "There are no raw",
    ] {
        assert!(!document.contains(words), "{words}");
    }
    let raw = part(&document, "### 5.6 Raw queries");
    holds(
        raw,
        &[
            "[main.ts:3]",
            "parameters alone were judged",
            "SELECT id FROM Note WHERE boxId = $1",
        ],
    );
}

#[test]
fn row_security_is_told_from_the_migrations_and_ready_policies_can_run() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n\n\
        model User {\n  id       String @id\n  email    String @unique\n  password String\n  drafts   Draft[]\n  letters  Letter[]\n}\n\n\
        model Draft {\n  id       String  @id\n  userId   String\n  user     User    @relation(fields: [userId], references: [id], onDelete: Cascade)\n  fromId   String?\n  from     Draft?  @relation(\"copies\", fields: [fromId], references: [id], onDelete: SetNull)\n  copies   Draft[] @relation(\"copies\")\n\n  @@index([userId])\n  @@index([fromId])\n}\n\n\
        model Letter {\n  id     String @id\n  userId String\n  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)\n\n  @@index([userId])\n}\n";
    let migration = "CREATE ROLE desk LOGIN PASSWORD 'desk_letmein';\n\
        CREATE TABLE \"User\" (\"id\" TEXT PRIMARY KEY, \"email\" TEXT NOT NULL, \"password\" TEXT NOT NULL);\n\
        CREATE UNIQUE INDEX \"User_email_key\" ON \"User\"(\"email\");\n\
        CREATE TABLE \"Draft\" (\"id\" TEXT PRIMARY KEY, \"userId\" TEXT NOT NULL REFERENCES \"User\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE, \"fromId\" TEXT REFERENCES \"Draft\"(\"id\") ON DELETE SET NULL ON UPDATE CASCADE);\n\
        CREATE INDEX \"Draft_userId_idx\" ON \"Draft\"(\"userId\");\n\
        CREATE INDEX \"Draft_fromId_idx\" ON \"Draft\"(\"fromId\");\n\
        CREATE TABLE \"Letter\" (\"id\" TEXT PRIMARY KEY, \"userId\" TEXT NOT NULL REFERENCES \"User\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE);\n\
        CREATE INDEX \"Letter_userId_idx\" ON \"Letter\"(\"userId\");\n\
        CREATE POLICY own ON \"Letter\" FOR SELECT TO desk USING (\"userId\" = (SELECT current_setting('app.who', true)));\n";
    let code = "import { PrismaClient } from '@prisma/client';\n\
        const prisma = new PrismaClient();\n\
        export const drafts = (userId: string) => prisma.draft.findMany({ where: { userId } });\n";
    let folder = workspace(&[
        (
            "package.json",
            "{\"name\": \"post\", \"dependencies\": {\"@prisma/client\": \"5.22.0\"}}",
        ),
        ("prisma/schema.prisma", schema),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        (
            "prisma/migrations/20250101000000_init/migration.sql",
            migration,
        ),
        ("src/main.ts", code),
    ]);
    let document = stdout(&snell(folder.path(), &["audit", "-o", "-"]));
    let security = part(&document, "### 7.2 Row-level security");
    holds(
        security,
        &[
            "0 of 3 tables that the migrations build have row-level security (0 %), with 1 policy for the role `desk`.",
            "| `Letter`, not enabled | `own` | select | `desk` | `\"userId\" = (SELECT current_setting('app.who', true))` |",
            "`User` (the sign-in finds its rows before it is known who asks)",
            "connects as `desk`, which the migrations make",
            "CREATE POLICY \"Draft_owner\" ON \"Draft\" TO \"desk\" USING (\"userId\" = (SELECT current_setting('app.who', true)));",
        ],
    );
    // A policy that reads its own table never ends, and a table with policies has its own.
    for words in ["FROM \"Draft\" r", "\"Letter_owner\"", "\"User_owner\""] {
        assert!(!security.contains(words), "{words}");
    }
    assert!(
        !document.contains("PASSWORD 'desk_letmein'"),
        "a password is shown"
    );
}
