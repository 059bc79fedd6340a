//! Whose rows a database with policies of its own holds, and what policies others could have.

mod support;

use support::door::{snell, stdout, workspace};

fn audit(schema: &str, migration: &str, code: &str) -> String {
    let head =
        "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n\n";
    let folder = workspace(&[
        (
            "package.json",
            "{\"name\": \"post\", \"dependencies\": {\"@prisma/client\": \"5.22.0\"}}",
        ),
        ("prisma/schema.prisma", &format!("{head}{schema}")),
        ("prisma/migrations/1_init/migration.sql", migration),
        ("src/main.ts", code),
    ]);
    stdout(&snell(folder.path(), &["audit", "-o", "-"]))
}

/// A part of the document, from a line that begins with the words to the next heading.
fn part<'a>(document: &'a str, words: &str) -> &'a str {
    let start = document.find(words).expect("the part");
    let rest = &document[start..];
    let end = rest[words.len()..].find("\n### ");
    end.map_or(rest, |end| &rest[..words.len() + end])
}

fn holds(text: &str, all: &[&str]) {
    for words in all {
        assert!(text.contains(words), "no {words} in:\n{text}");
    }
}

const CODE: &str = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nexport const letters = (bureauId: string) => prisma.letter.findMany({ where: { bureauId } });\n";

/// No relation says whose rows these are: the policies do.
#[test]
fn policies_say_whose_rows_are() {
    let schema = "model Bureau {\n  id String @id @db.Uuid\n\n  @@map(\"bureaus\")\n}\n\n\
        model Letter {\n  id       String @id @db.Uuid\n  bureauId String @map(\"bureau_id\") @db.Uuid\n\n  @@map(\"letters\")\n}\n\n\
        model Stamp {\n  id       String @id @db.Uuid\n  bureauId String @map(\"bureau_id\") @db.Uuid\n\n  @@map(\"stamps\")\n}\n\n\
        model Land {\n  code String @id\n\n  @@map(\"lands\")\n}\n";
    let migration = "CREATE ROLE desk LOGIN;\nCREATE ROLE clerk LOGIN;\n\
        CREATE TABLE bureaus (id uuid PRIMARY KEY);\n\
        CREATE TABLE letters (id uuid PRIMARY KEY, bureau_id uuid NOT NULL);\n\
        CREATE TABLE stamps (id uuid PRIMARY KEY, bureau_id uuid NOT NULL);\n\
        CREATE TABLE lands (code text PRIMARY KEY);\n\
        ALTER TABLE bureaus ENABLE ROW LEVEL SECURITY;\n\
        ALTER TABLE letters ENABLE ROW LEVEL SECURITY;\n\
        CREATE POLICY all_of_them ON letters TO clerk USING (true) WITH CHECK (true);\n\
        CREATE POLICY own ON bureaus TO desk USING (id = NULLIF(current_setting('app.bureau', true), '')::uuid);\n\
        CREATE POLICY own ON letters TO desk USING (bureau_id = NULLIF(current_setting('app.bureau', true), '')::uuid);\n";
    let document = audit(schema, migration, CODE);
    holds(
        part(&document, "### 3.1 Models"),
        &[
            "| `Bureau` | `bureaus` | 1 (0 nullable) | `id: String` | 0 | 0 | owners |",
            "| `Letter` | `letters` | 2 (0 nullable) | `id: String` | 0 | 0 | by `bureauId` |",
            "| `Land` | `lands` | 1 (0 nullable) | `code: String` | 0 | 0 | no owner found |",
        ],
    );
    holds(
        part(&document, "### 7.1 Isolation matrix"),
        &[
            "| `Letter` | by `bureauId` | 1 |",
            "row-level security keeps rows of 1 of the 1 table here apart for `desk`; a policy lets `clerk` see every row",
        ],
    );
    // The others are given what the database has: its setting, its roles, and no more force.
    let security = part(&document, "### 7.2 Row-level security");
    holds(
        security,
        &[
            "CREATE POLICY \"all_of_them\" ON \"stamps\" TO \"clerk\" USING (true) WITH CHECK (true);",
            "CREATE POLICY \"stamps_owner\" ON \"stamps\" TO \"desk\" USING (\"bureau_id\" = (SELECT NULLIF(current_setting('app.bureau', true), '')::uuid));",
        ],
    );
    for words in ["FORCE", "app.tenant_id", "CREATE ROLE app "] {
        assert!(!security.contains(words), "{words}");
    }
}

/// A policy asks for the type that the column has in the database, and for nobody of whom the database is not told.
#[test]
fn policies_compare_what_the_database_has() {
    let user = "model User {\n  id      String   @id @default(uuid())\n  letters Letter[]\n}\n\n";
    let letter = "model Letter {\n  id     String @id @default(uuid())\n  userId String\n  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)\n\n  @@index([userId])\n}\n\n";
    let tables = "CREATE TABLE \"User\" (\"id\" UUID PRIMARY KEY);\n\
        CREATE TABLE \"Letter\" (\"id\" UUID PRIMARY KEY, \"userId\" UUID NOT NULL REFERENCES \"User\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE);\n\
        CREATE INDEX \"Letter_userId_idx\" ON \"Letter\"(\"userId\");\n";
    let code = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nexport const letters = (userId: string) => prisma.letter.findMany({ where: { userId } });\n";
    let document = audit(&format!("{user}{letter}"), tables, code);
    holds(
        part(&document, "### 7.2 Row-level security"),
        &[
            "CREATE POLICY \"Letter_owner\" ON \"Letter\" USING (\"userId\" = (SELECT NULLIF(current_setting('app.user_id', true), '')::uuid));",
        ],
    );
    let depot = "model Depot {\n  id    Int    @id\n  desk  String\n}\n";
    let guarded = "CREATE TABLE \"Depot\" (\"id\" INTEGER PRIMARY KEY, \"desk\" TEXT NOT NULL);\n\
        ALTER TABLE \"Depot\" ENABLE ROW LEVEL SECURITY;\n\
        CREATE POLICY own ON \"Depot\" USING (\"desk\" = current_setting('app.desk', true));\n";
    let document = audit(
        &format!("{user}{letter}{depot}"),
        &format!("{tables}{guarded}"),
        code,
    );
    let security = part(&document, "### 7.2 Row-level security");
    holds(
        security,
        &["`Letter` (the policies of the database ask for `app.desk`"],
    );
    assert!(!security.contains("Letter_owner"), "{security}");
}

/// Where nobody is known to sign in, rows are not said to be nobody's.
#[test]
fn what_was_not_analysed_is_told() {
    let schema = "model Land {\n  code String @id\n}\n\nmodel Town {\n  code String @id\n}\n";
    let tables = "CREATE TABLE \"Land\" (\"code\" TEXT PRIMARY KEY);\nCREATE TABLE \"Town\" (\"code\" TEXT PRIMARY KEY);\n";
    let document = audit(
        schema,
        tables,
        "import { PrismaClient } from '@prisma/client';\nexport const lands = () => new PrismaClient().land.findMany();\n",
    );
    holds(
        part(&document, "### What could not be judged"),
        &["Whose the rows of 2 models are was not analysed"],
    );
    holds(
        part(&document, "### 3.1 Models"),
        &["| `code: String` | 0 | 0 | not analysed |"],
    );
    holds(
        part(&document, "### 7.1 Isolation matrix"),
        &["was not analysed", "`isolation.userModel`"],
    );
}
