//! What a check tells as one finding: parts of one thing, habits of a schema, and what has one cause.

mod support;

use support::door::{report, workspace};
use tempfile::TempDir;

const BY_EVIDENCE: &str = "integrity/enum-like-string";

/// Two columns with money that is none.
const PRICES: &str = "datasource db {
  provider = \"postgresql\"
}

model Offer {
  id            Int   @id
  price         Float
  shippingPrice Float
}
";

fn folder(schema: &str, config: &str) -> TempDir {
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", config),
        ("prisma/schema.prisma", schema),
    ])
}

#[test]
fn columns_of_a_model_are_told_as_one() {
    let money = ["--only", "schema/float-for-money"];
    let told = report(&folder(PRICES, "{}"), &money);
    let findings = told["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{findings:?}");
    let message = findings[0]["message"].as_str().expect("a text");
    assert!(message.ends_with("; likewise `shippingPrice`"), "{message}");
    let lines: Vec<_> = findings[0]["locations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["line"].as_u64())
        .collect();
    assert_eq!(lines, [Some(7), Some(8)]);
}

/// What accepts one of them says nothing of the other.
#[test]
fn each_of_them_is_accepted_by_itself() {
    let one = PRICES.replace(
        "  price ",
        "  // snell-ignore schema/float-for-money: shown, never summed\n  price ",
    );
    let folder = folder(&one, "{}");
    let money = ["--only", "schema/float-for-money"];
    let told = report(&folder, &money);
    let message = told["findings"][0]["message"].as_str().expect("a text");
    assert!(message.starts_with("`Offer.shippingPrice`"), "{message}");
    assert!(!message.contains("likewise"), "{message}");
    assert_eq!(told["summary"]["suppressed"], 1);
}

/// A habit of the whole schema is one finding, with every place.
#[test]
fn many_models_are_told_as_one() {
    let model = |n: usize| {
        format!("\nmodel Part{n} {{\n  id Int @id\n  /// open | closed\n  status String\n}}\n")
    };
    let schema = |models: usize| {
        let head = "datasource db {\n  provider = \"postgresql\"\n}\n".to_owned();
        (0..models).fold(head, |text, n| text + &model(n))
    };
    let told = |models: usize| {
        let report = report(&folder(&schema(models), "{}"), &["--only", BY_EVIDENCE]);
        report["findings"].as_array().expect("a list").clone()
    };
    assert_eq!(told(7).len(), 7);
    let many = told(9);
    assert_eq!(many.len(), 1, "{many:?}");
    let message = many[0]["message"].as_str().expect("a text");
    assert!(
        message.ends_with("; likewise columns of 8 more models"),
        "{message}"
    );
    let places = many[0]["locations"].as_array().expect("a list");
    let lines: Vec<_> = (0..9).map(|n| 8 + 6 * n).collect();
    for line in lines {
        assert!(places.iter().any(|one| one["line"] == line), "{line}");
    }
}

#[test]
fn what_has_one_cause_is_told_as_one() {
    let folder = workspace(&[
        (
            "package.json",
            "{\"dependencies\": {\"@nestjs/common\": \"10\", \"@prisma/client\": \"5\"}}",
        ),
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Note {\n  id   Int    @id\n  text String\n}\n",
        ),
        (
            "src/main.ts",
            "import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NotesController } from './notes.controller';

async function boot() {
  const app = await NestFactory.create(NotesController);
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
  await app.listen(3000);
}

void boot();
",
        ),
        (
            "src/notes.controller.ts",
            "import { Body, Controller, Post, Put } from '@nestjs/common';

export class CreateNote {
  text: string;
}

export class ReplaceNote {
  text: string;
}

@Controller('notes')
export class NotesController {
  @Post()
  create(@Body() body: CreateNote) {
    return body.text.length;
  }

  @Put()
  replace(@Body() body: ReplaceNote) {
    return body.text.length;
  }
}
",
        ),
    ]);
    let only = ["--only", "consistency/dto-without-validators"];
    let report = report(&folder, &only);
    let findings = report["findings"].as_array().expect("a list");
    let messages: Vec<&str> = findings
        .iter()
        .map(|one| one["message"].as_str().expect("a text"))
        .collect();
    assert_eq!(
        messages,
        [
            "every request with a property of `CreateNote` is refused: none of them has a validator; likewise `ReplaceNote`"
        ]
    );
}

/// The messages of one rule's findings, or of several.
fn told(folder: &TempDir, only: &str) -> Vec<String> {
    let report = report(folder, &["--only", only]);
    let findings = report["findings"].as_array().expect("a list").iter();
    findings
        .map(|one| one["message"].as_str().expect("a text").to_owned())
        .collect()
}

/// What a create calls otherwise, and what it therefore leaves out, is one mistake.
#[test]
fn a_statement_is_told_once() {
    let folder = workspace(&[
        (
            "package.json",
            "{\"dependencies\": {\"@prisma/client\": \"5\"}}",
        ),
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Reading {\n  id         Int    @id @default(autoincrement())\n  sensor_key String\n  taken_at   DateTime\n}\n",
        ),
        (
            "src/main.ts",
            "import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export const keep = (key: string) =>
  prisma.reading.create({ data: { sensorKey: key, takenAt: new Date() } });

export const missing = () => prisma.sensor.findMany();

export const again = () => prisma.sensor.count();
",
        ),
    ]);
    let only = "consistency/unknown-field,consistency/missing-required-field";
    assert_eq!(
        told(&folder, only),
        [
            "`Reading` has no field `sensorKey`: it is called `sensor_key`; likewise `takenAt`; this create leaves out `sensor_key`, which `Reading` requires; likewise `taken_at`"
        ]
    );
    assert_eq!(
        told(&folder, "consistency/unknown-model"),
        ["no schema has a model for `sensor`"]
    );
}

/// Keys that are made in one way and asked for in another are one habit of the workspace.
#[test]
fn the_form_of_keys_is_told_once() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Pen {\n  id String @id @default(cuid())\n}\n\nmodel Ink {\n  id String @id @default(cuid())\n}\n";
    let controller = |model: &str| {
        format!(
            "import {{ Controller, Get, Param, ParseUUIDPipe }} from '@nestjs/common';
import {{ PrismaClient }} from '@prisma/client';

@Controller('{model}s')
export class {model}Controller {{
  constructor(private readonly prisma: PrismaClient) {{}}

  @Get(':id')
  one(@Param('id', new ParseUUIDPipe()) id: string) {{
    return this.prisma.{model}.findUnique({{ where: {{ id }} }});
  }}
}}
"
        )
    };
    let folder = workspace(&[
        (
            "package.json",
            "{\"dependencies\": {\"@nestjs/common\": \"10\", \"@prisma/client\": \"5\"}}",
        ),
        ("prisma/schema.prisma", schema),
        ("src/ink.controller.ts", &controller("ink")),
        ("src/pen.controller.ts", &controller("pen")),
    ]);
    assert_eq!(
        told(&folder, "consistency/id-type-mismatch"),
        ["a UUID is asked for, and the keys are made by `cuid()`: `Ink.id`; likewise `Pen.id`"]
    );
}

/// A history of another schema is one finding, however many columns differ.
#[test]
fn a_history_of_another_schema_is_told_once() {
    let names = ["A", "B", "C", "D", "E"];
    let models: String = names.iter().fold(String::new(), |text, name| {
        text + &format!("\nmodel {name} {{\n  id Int @id\n  text Int\n}}\n")
    });
    let tables: String = names.iter().fold(String::new(), |text, name| {
        text + &format!(
            "CREATE TABLE \"{name}\" (\"id\" INTEGER NOT NULL, \"text\" TEXT NOT NULL, CONSTRAINT \"{name}_pkey\" PRIMARY KEY (\"id\"));\n"
        )
    });
    let schema = format!("datasource db {{\n  provider = \"postgresql\"\n}}\n{models}");
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", &schema),
        ("prisma/migrations/20240101000000_a/migration.sql", &tables),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
    ]);
    assert_eq!(
        told(&folder, "consistency/schema-migration-drift"),
        ["the migrations are those of another schema: 5 of its 5 tables differ"]
    );
}

/// A schema of several files has its habits once, too.
#[test]
fn models_of_several_files_are_told_as_one() {
    let model = |n: usize| {
        format!("model Part{n} {{\n  id Int @id\n  /// open | closed\n  status String\n}}\n")
    };
    let texts: Vec<(String, String)> = (0..9)
        .map(|n| (format!("prisma/part{n}.prisma"), model(n)))
        .collect();
    let mut files = vec![
        ("package.json", "{\"prisma\": {\"schema\": \"./prisma\"}}"),
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n",
        ),
    ];
    files.extend(
        texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    let found = told(&workspace(&files), BY_EVIDENCE);
    assert_eq!(found.len(), 1, "{found:?}");
}

/// A guard that is missing before a class is one finding, with the rows that everybody then reaches.
#[test]
fn a_missing_guard_is_told_once() {
    let page = include_str!(
        "../crates/snell-correlate/src/rules/isolation/guard_metadata_unread/cases.md"
    );
    let (_, case) = page
        .split_once("## Where rows of others are changed")
        .expect("the case");
    let fence = |head: &str| {
        let (_, text) = case.split_once(head).expect("a fence");
        text.split_once("```").expect("its end").0.to_owned()
    };
    let schema = format!(
        "datasource db {{\n  provider = \"postgresql\"\n}}\n{}",
        fence("```prisma\n")
    );
    let folder = workspace(&[
        (
            "package.json",
            "{\"dependencies\": {\"@nestjs/common\": \"10\", \"@prisma/client\": \"5\"}}",
        ),
        ("prisma/schema.prisma", &schema),
        ("src/auth.ts", &fence("```ts file=src/auth.ts\n")),
        ("src/main.ts", &fence("```ts\n")),
        (
            "src/prisma.service.ts",
            "import { PrismaClient } from '@prisma/client';\nexport class PrismaService extends PrismaClient {}\n",
        ),
    ]);
    let all = report(&folder, &[]);
    let findings = all["findings"].as_array().expect("a list").iter();
    let isolation = findings.filter(|one| one["category"] == "isolation");
    let told: Vec<_> = isolation
        .map(|one| format!("{} {}", one["severity"], one["message"]))
        .collect();
    assert_eq!(
        told,
        [
            "\"critical\" \"`GET /notes/:id` names a `Needs`, and no guard before it reads that: it lets everyone who is signed in through; likewise `DELETE /notes/:id`\"",
            "\"high\" \"`GET /notes/archive` names a `Needs`, and no guard before it reads that: it lets everyone who is signed in through\"",
        ]
    );
}

/// A history that stops before the schema does is one finding, with all that it lacks.
#[test]
fn a_history_that_stops_is_told_once() {
    let names = ["A", "B", "C"];
    let models: String = names.iter().fold(String::new(), |text, name| {
        text + &format!("\nmodel {name} {{\n  id Int @id\n  text String?\n  kind {name}Kind\n}}\n\nenum {name}Kind {{\n  ONE\n  TWO\n}}\n")
    });
    let tables: String = names.iter().fold(String::new(), |text, name| {
        text + &format!(
            "CREATE TYPE \"{name}Kind\" AS ENUM ('ONE');\nCREATE TABLE \"{name}\" (\"id\" INTEGER NOT NULL, \"kind\" \"{name}Kind\" NOT NULL, CONSTRAINT \"{name}_pkey\" PRIMARY KEY (\"id\"));\n"
        )
    });
    let schema = format!(
        "datasource db {{\n  provider = \"postgresql\"\n}}\n{models}\nmodel D {{\n  id Int @id\n}}\n\nmodel E {{\n  id Int @id\n}}\n\nmodel F {{\n  id Int @id\n}}\n\nmodel G {{\n  id Int @id\n}}\n"
    );
    let whole = format!(
        "{tables}CREATE TABLE \"E\" (\"id\" INTEGER NOT NULL, CONSTRAINT \"E_pkey\" PRIMARY KEY (\"id\"));\nCREATE TABLE \"F\" (\"id\" INTEGER NOT NULL, CONSTRAINT \"F_pkey\" PRIMARY KEY (\"id\"));\nCREATE TABLE \"G\" (\"id\" INTEGER NOT NULL, CONSTRAINT \"G_pkey\" PRIMARY KEY (\"id\"));\n"
    );
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", &schema),
        ("prisma/migrations/20240101000000_a/migration.sql", &whole),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
    ]);
    assert_eq!(
        told(&folder, "consistency/schema-migration-drift"),
        ["the migrations stop before the schema does: no later one makes what it has since"]
    );
}

/// The same query in loops of one function is asked in one way; what an upsert creates and changes is one body.
#[test]
fn parts_of_one_function_are_told_once() {
    let folder = workspace(&[
        (
            "package.json",
            "{\"dependencies\": {\"@nestjs/common\": \"10\", \"@prisma/client\": \"5\"}}",
        ),
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Visit {\n  id     Int    @id\n  person Int\n  role   String\n\n  @@index([person])\n}\n",
        ),
        (
            "src/visits.controller.ts",
            "import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

interface Change {
  role: string;
}

@Controller('visits')
export class VisitsController {
  constructor(private readonly prisma: PrismaClient) {}

  @Get()
  async counts() {
    const first = await this.prisma.visit.findMany({ where: { person: { gt: 1 } } });
    const second = await this.prisma.visit.findMany({ where: { person: { gt: 9 } } });
    let sum = 0;
    for (const one of first) {
      sum += await this.prisma.visit.count({ where: { person: one.person } });
    }
    for (const other of second) {
      sum += await this.prisma.visit.count({ where: { person: other.person } });
    }
    return sum;
  }

  @Put(':id')
  put(@Param('id') id: string, @Body() body: Change) {
    return this.prisma.visit.upsert({
      where: { id: Number(id) },
      update: body,
      create: { id: Number(id), person: 1, ...body },
    });
  }
}
",
        ),
    ]);
    let counts = told(&folder, "query/n-plus-one");
    assert_eq!(
        counts,
        ["`visit.count` runs once for each element of `first`; likewise `second`"]
    );
    let written = told(&folder, "security/mass-assignment");
    assert_eq!(
        written,
        ["`visit.upsert` writes every column that the client names"]
    );
}
