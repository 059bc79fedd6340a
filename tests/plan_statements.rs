//! The statements of a plan: which come first, what they name, and what makes none.

mod support;

use support::door::{snell, stdout, workspace};

/// The steps of a plan for these files.
fn steps(files: &[(&str, &str)]) -> Vec<serde_json::Value> {
    let folder = workspace(files);
    let printed = stdout(&snell(folder.path(), &["audit", "--format", "json"]));
    let audit: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    audit["steps"].as_array().expect("steps").clone()
}

fn lines(step: &serde_json::Value, key: &str) -> Vec<String> {
    let lines = step[key].as_array().expect("a list").iter();
    lines
        .map(|line| line.as_str().expect("a line").to_owned())
        .collect()
}

const SHOP: &str = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n  schemas  = [\"shop\", \"zoo\"]\n}\n\nmodel Order {\n  id     String @id @default(uuid())\n  status String\n\n  @@map(\"orders\")\n  @@schema(\"shop\")\n}\n";

const CODE: &str = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\ntype OrderStatus = 'open' | 'closed';\nexport async function set(id: string, status: OrderStatus) {\n  await prisma.order.update({ where: { id }, data: { status } });\n}\n";

/// Statements add to a history: a schema that is pushed gets one before any of them.
#[test]
fn a_pushed_schema_gets_its_first_migration_first() {
    let steps = steps(&[
        (
            "package.json",
            "{\"name\": \"shop\", \"scripts\": {\"start:prod\": \"prisma db push && node main.js\"}, \"dependencies\": {\"@prisma/client\": \"6.19.3\"}, \"devDependencies\": {\"prisma\": \"6.19.3\"}}",
        ),
        ("prisma/schema.prisma", SHOP),
        ("src/main.ts", CODE),
    ]);
    let first = &steps[0];
    assert_eq!(first["rule"], "migration/db-push-in-deploy");
    let commands = lines(first, "commands");
    for wanted in [
        "mkdir -p prisma/migrations/0_init",
        "npx prisma migrate diff --from-empty --to-schema-datamodel prisma/schema.prisma --script > prisma/migrations/0_init/migration.sql",
        "npx prisma migrate resolve --applied 0_init --schema prisma/schema.prisma",
    ] {
        assert!(
            commands.iter().any(|line| line.starts_with(wanted)),
            "{commands:?}"
        );
    }
    let own = first["number"].as_str().expect("a number");
    let later = steps.iter().filter(|step| !lines(step, "sql").is_empty());
    let later: Vec<String> = later.map(|step| step["depends"].to_string()).collect();
    assert!(!later.is_empty());
    assert!(
        later.iter().all(|depends| depends.contains(own)),
        "{later:?}"
    );
}

/// A text of a few values is held by a check, and every name has its schema.
#[test]
fn names_have_their_schemas() {
    let steps = steps(&[("prisma/schema.prisma", SHOP), ("src/main.ts", CODE)]);
    let held = steps
        .iter()
        .find(|step| step["rule"] == "integrity/enum-like-string")
        .expect("the step");
    assert_eq!(
        lines(held, "sql"),
        [
            "ALTER TABLE \"shop\".\"orders\" ADD CONSTRAINT \"orders_status_check\" CHECK (\"status\" IN ('open', 'closed')) NOT VALID;",
            "ALTER TABLE \"shop\".\"orders\" VALIDATE CONSTRAINT \"orders_status_check\";",
        ]
    );
    assert!(lines(held, "checks")[0].contains(" FROM \"shop\".\"orders\" "));
}

/// Tables of one name in two schemas are both changed.
#[test]
fn tables_of_one_name_are_told_apart() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n  schemas  = [\"shop\", \"zoo\"]\n}\n\nmodel ShopEvent {\n  id String   @id @default(uuid())\n  at DateTime\n\n  @@map(\"events\")\n  @@schema(\"shop\")\n}\n\nmodel ZooEvent {\n  id String   @id @default(uuid())\n  at DateTime\n\n  @@map(\"events\")\n  @@schema(\"zoo\")\n}\n";
    let code = "import { PrismaClient } from '@prisma/client';\nexport const all = () => new PrismaClient().shopEvent.findMany();\n";
    let steps = steps(&[("prisma/schema.prisma", schema), ("src/main.ts", code)]);
    let sql: Vec<String> = steps.iter().flat_map(|step| lines(step, "sql")).collect();
    for table in ["\"shop\".\"events\"", "\"zoo\".\"events\""] {
        let wanted = format!("ALTER TABLE {table} ALTER COLUMN \"at\" TYPE timestamptz(6);");
        assert!(sql.contains(&wanted), "no {wanted} in {sql:?}");
    }
}

/// A schema that leaves it to Prisma's default what a deletion does is told what the database does.
#[test]
fn a_default_gives_way_to_a_clause() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n\nmodel Box {\n  id    String @id\n  notes Note[]\n}\n\nmodel Note {\n  id    String @id\n  boxId String\n  box   Box    @relation(fields: [boxId], references: [id])\n\n  @@index([boxId])\n}\n";
    let migration = "CREATE TABLE \"Box\" (\"id\" TEXT PRIMARY KEY);\nCREATE TABLE \"Note\" (\"id\" TEXT PRIMARY KEY, \"boxId\" TEXT NOT NULL, CONSTRAINT \"note_box\" FOREIGN KEY (\"boxId\") REFERENCES \"Box\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE);\nCREATE INDEX \"Note_boxId_idx\" ON \"Note\"(\"boxId\");\n";
    let steps = steps(&[
        ("prisma/schema.prisma", schema),
        ("prisma/migrations/1_init/migration.sql", migration),
    ]);
    let step = steps
        .iter()
        .find(|step| step["rule"] == "consistency/schema-migration-drift")
        .or_else(|| steps.iter().find(|step| !lines(step, "sql").is_empty()))
        .expect("the step");
    assert!(
        lines(step, "prisma")
            .contains(&"model Note: box @relation(..., onDelete: Cascade)".to_owned()),
        "{step}"
    );
    assert_eq!(
        lines(step, "sql"),
        ["ALTER TABLE \"Note\" RENAME CONSTRAINT \"note_box\" TO \"Note_boxId_fkey\";"]
    );
}

/// What a function names in its body keeps its name, and a key keeps the type of the database.
#[test]
fn functions_and_keys_stay_whole() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n\nenum UserRole {\n  A\n  B\n}\n\nmodel Person {\n  id    String   @id @default(uuid())\n  role  UserRole\n  notes Note[]\n\n  @@map(\"persons\")\n}\n\nmodel Note {\n  id       String @id @default(uuid())\n  personId String @map(\"person_id\")\n  person   Person @relation(fields: [personId], references: [id], onDelete: Cascade)\n\n  @@index([personId])\n  @@map(\"notes\")\n}\n";
    let migration = "CREATE TYPE \"UserRole\" AS ENUM ('A', 'B');\nCREATE TABLE \"persons\" (\"id\" UUID NOT NULL, \"role\" \"UserRole\" NOT NULL, CONSTRAINT \"persons_pkey\" PRIMARY KEY (\"id\"));\nCREATE FUNCTION who() RETURNS text AS $$\nDECLARE r \"UserRole\";\nBEGIN RETURN r; END $$ LANGUAGE plpgsql;\n";
    let steps = steps(&[
        ("prisma/schema.prisma", schema),
        ("prisma/migrations/1_init/migration.sql", migration),
    ]);
    let sql: Vec<String> = steps.iter().flat_map(|step| lines(step, "sql")).collect();
    assert!(
        !sql.iter().any(|one| one.contains(" RENAME TO ")),
        "{sql:?}"
    );
    let made = sql
        .iter()
        .find(|one| one.starts_with("CREATE TABLE \"notes\""));
    assert!(
        made.expect("the table")
            .contains("\"person_id\" uuid NOT NULL")
    );
    assert!(
        !sql.iter().any(|one| one.contains("SET DATA TYPE")),
        "{sql:?}"
    );
    let said: Vec<String> = steps
        .iter()
        .flat_map(|step| lines(step, "prisma"))
        .collect();
    for line in ["model Person: id @db.Uuid", "model Note: personId @db.Uuid"] {
        assert!(said.iter().any(|one| one == line), "{said:?}");
    }
}

const DESKS: &str = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Firm {\n  id    String @id @default(uuid())\n  name  String\n  staff Staff[]\n}\n\nmodel Staff {\n  id     String @id @default(uuid())\n  firmId String\n  firm   Firm   @relation(fields: [firmId], references: [id])\n  email  String @unique\n  desks  Desk[]\n}\n\nmodel Desk {\n  id      String @id @default(uuid())\n  staffId String\n  staff   Staff  @relation(fields: [staffId], references: [id])\n  lamps   Lamp[]\n}\n\nmodel Lamp {\n  id     String @id @default(uuid())\n  deskId String\n  desk   Desk   @relation(fields: [deskId], references: [id])\n}\n\nmodel Chair {\n  id     String @id @default(uuid())\n  deskId String\n}\n";

const CHAIRS: &str = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nexport async function sit(staffId: string) {\n  const desk = await prisma.desk.create({ data: { staffId } });\n  await prisma.chair.create({ data: { deskId: desk.id } });\n}\nexport const clear = (id: string) => prisma.desk.delete({ where: { id } });\n";

/// A key that no foreign key keeps gets one, after a look for those of rows that are gone, and an index.
#[test]
fn a_missing_foreign_key_is_written() {
    let steps = steps(&[("prisma/schema.prisma", DESKS), ("src/main.ts", CHAIRS)]);
    let step = steps
        .iter()
        .find(|step| step["rule"] == "integrity/missing-foreign-key")
        .expect("the step");
    assert_eq!(
        lines(step, "sql"),
        [
            "ALTER TABLE \"Chair\" ADD CONSTRAINT \"Chair_deskId_fkey\" FOREIGN KEY (\"deskId\") REFERENCES \"Desk\" (\"id\") ON DELETE RESTRICT ON UPDATE CASCADE NOT VALID;",
            "ALTER TABLE \"Chair\" VALIDATE CONSTRAINT \"Chair_deskId_fkey\";",
            "CREATE INDEX CONCURRENTLY ON \"Chair\" (\"deskId\");",
        ]
    );
    assert!(
        lines(step, "checks")[0].contains("NOT EXISTS (SELECT 1 FROM \"Desk\" p"),
        "{step}"
    );
}

/// Statements are those of PostgreSQL: another database gets none.
#[test]
fn another_database_gets_no_statements() {
    let other = DESKS.replace("postgresql", "mysql");
    let with_type = format!(
        "{CHAIRS}type DeskState = 'open' | 'closed';\nexport const set = (id: string, state: DeskState) => prisma.desk.update({{ where: {{ id }}, data: {{ state }} }});\n"
    );
    let stated = other.replace("  lamps   Lamp[]\n", "  lamps   Lamp[]\n  state   String\n");
    let steps = steps(&[
        ("prisma/schema.prisma", &stated),
        ("src/main.ts", &with_type),
    ]);
    let sql: Vec<String> = steps.iter().flat_map(|step| lines(step, "sql")).collect();
    assert!(sql.is_empty(), "{sql:#?}");
}
