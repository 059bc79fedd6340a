//! A plan harms no database that is in use: what migrations made on purpose stays, what belongs
//! together comes in one order, and no table is written anew where that can be spared.

mod support;

use support::door::{snell, stdout, workspace};

const PACKAGE: &str = "{\"name\": \"desk\", \"dependencies\": {\"@prisma/client\": \"5.22.0\", \"prisma\": \"5.22.0\"}}";

const SCHEMA: &str = r#"datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Shop {
  id    String @id
  loans Loan[]
}

model Loan {
  id        String   @id
  shopId    String?
  clerkId   String
  code      String
  createdAt DateTime @default(now())
  returned  DateTime?
  shop      Shop?    @relation(fields: [shopId], references: [id], onDelete: SetNull)

  @@index([code, createdAt])
  @@index([createdAt])
}
"#;

const FIRST: &str = r#"CREATE TABLE "Shop" ("id" TEXT NOT NULL, CONSTRAINT "Shop_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Loan" ("id" TEXT NOT NULL, "shopId" TEXT, "clerkId" TEXT NOT NULL, "code" TEXT NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "returned" TIMESTAMP(3), "note" TEXT, CONSTRAINT "Loan_pkey" PRIMARY KEY ("id"));
CREATE INDEX "Loan_code_createdAt_idx" ON "Loan" ("code", "createdAt");
CREATE INDEX "Loan_createdAt_idx" ON "Loan" ("createdAt");
ALTER TABLE "Loan" ADD CONSTRAINT "loan_shop" FOREIGN KEY ("shopId") REFERENCES "Shop" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
"#;

/// What somebody wrote by hand, for reasons.
const BY_HAND: &str = r#"CREATE UNIQUE INDEX "loan_open" ON "Loan" ("code") WHERE "returned" IS NULL;
CREATE UNIQUE INDEX "loan_shop_code" ON "Loan" ("shopId", "code") NULLS NOT DISTINCT;
CREATE UNIQUE INDEX "loan_once" ON "Loan" ("clerkId", "code");
CREATE INDEX "loan_lower" ON "Loan" (lower("code"));
CREATE INDEX "loan_code" ON "Loan" ("code");
ALTER TABLE "Loan" ADD CONSTRAINT "loan_clerk" FOREIGN KEY ("clerkId") REFERENCES "Shop" ("id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "Loan" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Loan" FORCE ROW LEVEL SECURITY;
CREATE POLICY "loan_all" ON "Loan" USING (true);
GRANT SELECT ON "Loan" TO reader;
"#;

fn audit(schema: &str, migrations: &[&str], code: &[(&str, &str)]) -> (String, Vec<String>) {
    let lock = (
        "prisma/migrations/migration_lock.toml".to_owned(),
        "provider = \"postgresql\"\n".to_owned(),
    );
    let mut files = vec![
        ("package.json".to_owned(), PACKAGE.to_owned()),
        ("prisma/schema.prisma".to_owned(), schema.to_owned()),
        lock,
    ];
    for (n, text) in migrations.iter().enumerate() {
        let path = format!(
            "prisma/migrations/2025010{}000000_step/migration.sql",
            n + 1
        );
        files.push((path, (*text).to_owned()));
    }
    files.extend(
        code.iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned())),
    );
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let folder = workspace(&files);
    let document = stdout(&snell(folder.path(), &["audit", "-o", "-"]));
    let printed = stdout(&snell(folder.path(), &["audit", "--format", "json"]));
    let audit: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let steps = audit["steps"].as_array().expect("steps");
    let sql = steps
        .iter()
        .flat_map(|step| step["sql"].as_array().expect("a list"));
    let sql = sql.map(|one| one.as_str().expect("a statement").to_owned());
    (document, sql.collect())
}

fn holds(text: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(text.contains(words), "no {words} in {text}");
    }
}

#[test]
fn what_the_schema_lacks_is_declared_or_stays() {
    let (document, sql) = audit(SCHEMA, &[FIRST, BY_HAND], &[]);
    for name in [
        "loan_open",
        "loan_shop_code",
        "loan_once",
        "loan_lower",
        "loan_clerk",
        "note",
    ] {
        let dropped = sql
            .iter()
            .any(|one| one.contains("DROP") && one.contains(&format!("\"{name}\"")));
        assert!(!dropped, "{name}: {sql:#?}");
    }
    holds(
        &document,
        &[
            "`@@unique([clerkId, code], map: \"loan_once\")`",
            "fields: [clerkId], references: [id], onDelete: Restrict, onUpdate: NoAction, map: \"loan_clerk\")",
            "- `Loan.loan_open`",
            "- `Loan.loan_shop_code`",
            "- `Loan.loan_lower`",
            "- `Loan.note`",
        ],
    );
    let row = document
        .lines()
        .find(|line| line.starts_with("| `Loan` | `loan_code`, in migrations only |"));
    assert!(row.is_some_and(|row| row.contains("redundant")), "{row:?}");
    // Another index, which stays, begins as this one does.
    assert!(
        sql.contains(&"DROP INDEX CONCURRENTLY \"loan_code\";".to_owned()),
        "{sql:#?}"
    );
}

#[test]
fn a_key_that_differs_in_name_and_action_is_made_anew_once() {
    let (_, sql) = audit(SCHEMA, &[FIRST], &[]);
    let about: Vec<&String> = sql.iter().filter(|one| one.contains("loan_shop")).collect();
    assert_eq!(about.len(), 1, "{sql:#?}");
    assert!(
        about[0].starts_with("ALTER TABLE \"Loan\" DROP CONSTRAINT \"loan_shop\", ADD CONSTRAINT \"Loan_shopId_fkey\""),
        "{about:?}"
    );
}

#[test]
fn a_baseline_keeps_what_no_schema_can_say() {
    let fails = "ALTER TABLE \"Gone\" ADD COLUMN \"x\" INTEGER;\n";
    let later =
        "ALTER TABLE \"Shop\" ADD COLUMN \"x\" INTEGER;\nALTER TABLE \"Shop\" DROP COLUMN \"x\";\n";
    let (document, _) = audit(SCHEMA, &[FIRST, BY_HAND, fails, later], &[]);
    let (_, baseline) = document
        .split_once("END_OF_STATEMENTS'")
        .expect("a baseline");
    let (baseline, _) = baseline.split_once("\nEND_OF_STATEMENTS").expect("its end");
    holds(
        baseline,
        &[
            "ALTER TABLE \"Loan\" ENABLE ROW LEVEL SECURITY;",
            "ALTER TABLE \"Loan\" FORCE ROW LEVEL SECURITY;",
            "CREATE POLICY \"loan_all\" ON \"Loan\" USING (true);",
            "GRANT SELECT ON \"Loan\" TO reader;",
            "CREATE UNIQUE INDEX \"loan_open\" ON \"Loan\" (\"code\") WHERE",
            "CREATE UNIQUE INDEX \"loan_shop_code\" ON \"Loan\" (\"shopId\", \"code\") NULLS NOT DISTINCT;",
            "CREATE INDEX \"loan_lower\" ON \"Loan\" ((lower(",
        ],
    );
    // A deploy stops at the first failure.
    holds(&document, &["| **fails**: ", "| not reached |"]);
    let last = document
        .lines()
        .find(|line| line.contains("20250104000000_step"));
    assert!(
        last.is_some_and(|line| line.contains("| **no** |")),
        "{last:?}"
    );
}

/// What the migrations make and the schema lacks is a part of the baseline, and so is what its policies
/// ask of a platform that other databases are not.
#[test]
fn a_baseline_runs_on_an_empty_database() {
    let fails = "ALTER TABLE \"Gone\" ADD COLUMN \"x\" INTEGER;\n";
    let more = "CREATE TYPE \"Mood\" AS ENUM ('calm', 'loud');\nCREATE TABLE \"Diary\" (\"id\" TEXT NOT NULL, \"mood\" \"Mood\" NOT NULL, CONSTRAINT \"Diary_pkey\" PRIMARY KEY (\"id\"));\nALTER TABLE \"Diary\" ENABLE ROW LEVEL SECURITY;\nCREATE POLICY \"own\" ON \"Diary\" TO authenticated USING (\"id\" = auth.uid()::text);\nALTER TABLE \"Shop\" ADD COLUMN \"motto\" TEXT NOT NULL DEFAULT '';\n";
    let (document, _) = audit(SCHEMA, &[FIRST, more, fails], &[]);
    holds(
        &document,
        &[
            "    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS",
            "    CREATE ROLE authenticated;",
            "ALTER TABLE \"Shop\" ADD COLUMN \"motto\" text NOT NULL DEFAULT '';",
            "CREATE TYPE \"Mood\" AS ENUM ('calm', 'loud');",
            "CREATE TABLE \"Diary\" (\"id\" text NOT NULL, \"mood\" \"Mood\" NOT NULL, CONSTRAINT \"Diary_pkey\" PRIMARY KEY (\"id\"));",
        ],
    );
}

#[test]
fn times_of_old_rows_are_kept_and_no_table_is_written_anew() {
    let code = "import { PrismaClient } from '@prisma/client';\n\
        const prisma = new PrismaClient();\n\
        export const back = (id: string) => prisma.loan.update({ where: { id }, data: { returned: new Date() } });\n\
        export const move = (id: string, code: string) => prisma.loan.update({ where: { id }, data: { code } });\n";
    let column = "\"updatedAt\" TIMESTAMP(3) NOT NULL, CONSTRAINT \"Shop_pkey\"";
    let first = FIRST.replacen("CONSTRAINT \"Shop_pkey\"", column, 1);
    let schema = SCHEMA.replacen(
        "loans Loan[]",
        "loans Loan[]\n  updatedAt DateTime @updatedAt",
        1,
    );
    let (document, sql) = audit(&schema, &[&first], &[("src/loans.ts", code)]);
    let moments = sql.iter().find(|one| one.contains(" TYPE timestamptz"));
    let moments = moments.expect("moments with their zone");
    assert!(!moments.contains("timestamptz(3)"), "{moments}");
    holds(
        &document,
        &[
            "no table is written anew; the indexes that hold these columns are, while their table is locked: `Loan_code_createdAt_idx`, `Loan_createdAt_idx`",
        ],
    );
    let filled = sql
        .iter()
        .find(|one| one.starts_with("UPDATE \"Loan\" SET \"updatedAt\""));
    assert_eq!(
        filled.map(String::as_str),
        Some(
            "UPDATE \"Loan\" SET \"updatedAt\" = to_timestamp(extract(epoch FROM \"createdAt\")) WHERE \"updatedAt\" IS NULL;"
        ),
        "{sql:#?}"
    );
}

const NOTES: &str = r#"datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id    String @id
  notes Note[]
}

model Note {
  id     String @id
  userId String
  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)
  tags   Tag[]

  @@index([userId])
}

model Tag {
  id     String  @id
  noteId String
  name   String
  scope  String?
  note   Note    @relation(fields: [noteId], references: [id], onDelete: Cascade)

  @@unique([noteId, name])
  @@unique([name, scope])
}
"#;

const TAGS: &str = r#"import { Body, Controller, ExecutionContext, Get, Injectable, Param, Post, UseGuards, createParamDecorator } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { PrismaClient } from '@prisma/client';

const Me = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().user);

@Injectable()
export class Tags {
  private readonly SIZE = 8;

  constructor(private readonly prisma: PrismaClient) {}

  mine(userId: string) {
    return this.prisma.tag.findMany({ where: { note: { userId } } });
  }

  one(noteId: string, name: string) {
    return this.prisma.tag.findUnique({ where: { noteId_name: { noteId, name } } });
  }

  several(ids: string[]) {
    return this.prisma.tag.findMany({ where: { noteId: { in: ids } } });
  }

  async save(noteId: string, name: string, scope: string | null) {
    const known = await this.prisma.tag.findFirst({ where: { name, scope } });
    if (known) return known;
    return this.prisma.tag.create({ data: { id: name, noteId, name, scope } });
  }

  sized(id: string) {
    return this.prisma.$queryRawUnsafe(`SELECT id FROM "Tag" WHERE id = $1::varchar(${this.SIZE})`, id);
  }
}

@Controller('tags')
@UseGuards(AuthGuard('jwt'))
export class TagsController {
  constructor(private readonly tags: Tags) {}

  @Get()
  mine(@Me() user: { id: string }) {
    return this.tags.mine(user.id);
  }

  @Get(':noteId/:name')
  one(@Param('noteId') noteId: string, @Param('name') name: string) {
    return this.tags.one(noteId, name);
  }

  @Post('search')
  several(@Body('ids') ids: string[]) {
    return this.tags.several(ids);
  }
}
"#;

#[test]
fn what_is_advised_can_be_written() {
    let (document, _) = audit(NOTES, &[], &[("src/tags.ts", TAGS)]);
    holds(
        &document,
        &[
            // All columns of a key.
            "where: { noteId_name: { noteId, name }, note: { userId } }",
            // The list that is there, and what has to come along.
            "where: { noteId: { in: ids }, note: { userId } }`, and hand `userId` on to here",
            // No parameter stands for the size of a type.
            "what is a part of the statement is written out there, `varchar(8)`",
            // No `upsert` by a key with a null.
            "`upsert` takes no null in a key",
        ],
    );
}

/// A key of 16 bytes is cast to no number: the schema says what the column is.
#[test]
fn a_uuid_stays_where_the_schema_has_a_number() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Cup {\n  id    Int    @id @default(autoincrement())\n  spoons Spoon[]\n}\n\nmodel Spoon {\n  id    Int @id @default(autoincrement())\n  cupId Int\n  cup   Cup @relation(fields: [cupId], references: [id], onDelete: Cascade)\n}\n";
    let first = "CREATE TABLE \"Cup\" (\"id\" UUID NOT NULL DEFAULT gen_random_uuid(), CONSTRAINT \"Cup_pkey\" PRIMARY KEY (\"id\"));\nCREATE TABLE \"Spoon\" (\"id\" SERIAL NOT NULL, \"cupId\" UUID NOT NULL, CONSTRAINT \"Spoon_pkey\" PRIMARY KEY (\"id\"));\nALTER TABLE \"Spoon\" ADD CONSTRAINT \"Spoon_cupId_fkey\" FOREIGN KEY (\"cupId\") REFERENCES \"Cup\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE;\n";
    let (document, sql) = audit(schema, &[first], &[]);
    assert!(
        sql.iter().all(|one| !one.contains(" TYPE integer")),
        "{sql:#?}"
    );
    holds(
        &document,
        &[
            "`id String @default(uuid()) @db.Uuid`",
            "`cupId String @db.Uuid`",
        ],
    );
}
