//! What a check tells when nobody says how mild findings may be, what it tells as one, and what it recommends.

mod support;

use serde_json::Value;
use support::door::{snell, stdout, workspace};
use tempfile::TempDir;

/// A comment that lists values (mild by evidence), a padded text (a mild rule), an index too many (mild, and mended without
/// thinking).
const MILD: &str = "datasource db {
  provider = \"postgresql\"
}

model Ticket {
  id       Int    @id
  /// open | closed
  status   String
  code     String @db.Char(8)
  room     Int
  position Int

  @@index([room])
  @@index([room, position])
}
";

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

fn report(folder: &TempDir, more: &[&str]) -> Value {
    let arguments = [&["check", "--exit-zero", "-f", "json"], more].concat();
    serde_json::from_str(&stdout(&snell(folder.path(), &arguments))).expect("JSON")
}

/// The rules that speak.
fn rules(folder: &TempDir, more: &[&str]) -> Vec<String> {
    let report = report(folder, more);
    let findings = report["findings"].as_array().expect("a list").iter();
    findings
        .map(|one| one["rule"].as_str().expect("a text").to_owned())
        .collect()
}

const BY_EVIDENCE: &str = "integrity/enum-like-string";
const BY_RULE: &str = "schema/char-type";
const MENDED: &str = "index/redundant";

#[test]
fn mild_findings_are_counted_and_shown_on_demand() {
    let folder = folder(MILD, "{}");
    assert_eq!(rules(&folder, &[]), [MENDED]);
    let text = stdout(&snell(folder.path(), &["check", "--exit-zero"]));
    assert!(
        text.contains("(1 mild left out: `--min-severity low`)"),
        "{text}"
    );
    let hidden = &report(&folder, &[])["summary"]["hidden"];
    assert_eq!(hidden[0]["why"], "mild");
    for asked in [
        &["--min-severity", "low"][..],
        &["--preset", "strict"],
        &["--preset", "all"],
    ] {
        let told = rules(&folder, asked);
        for rule in [BY_EVIDENCE, BY_RULE, MENDED] {
            assert!(
                told.iter().any(|one| one == rule),
                "{asked:?} {rule}: {told:?}"
            );
        }
    }
    assert_eq!(rules(&folder, &["--min-severity", "medium"]), [""; 0]);
}

#[test]
fn a_rule_that_is_named_tells_all() {
    let named = folder(MILD, r#"{ "rules": { "schema/char-type": "low" } }"#);
    assert_eq!(rules(&named, &[]), [BY_RULE, MENDED]);
    let plain = folder(MILD, "{}");
    assert_eq!(rules(&plain, &["--only", BY_EVIDENCE]), [BY_EVIDENCE]);
}

#[test]
fn what_fails_a_run_is_shown() {
    let folder = folder(MILD, "{}");
    let output = snell(
        folder.path(),
        &["check", "--fail-on", "low", "--format", "concise"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains(BY_EVIDENCE), "{}", stdout(&output));
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

const TEAMS: &str = "datasource db {
  provider = \"postgresql\"
}

model User {
  id      String   @id
  members Member[]
  cards   Card[]
}

model Team {
  id      String   @id
  members Member[]
  cards   Card[]
}

model Member {
  userId String
  teamId String
  user   User   @relation(fields: [userId], references: [id])
  team   Team   @relation(fields: [teamId], references: [id])

  @@id([userId, teamId])
}

model Card {
  id      String @id
  text    String
  ownerId String
  teamId  String
  owner   User   @relation(fields: [ownerId], references: [id])
  team    Team   @relation(fields: [teamId], references: [id])
}
";

const TEAM_CARDS: &str = "import { CanActivate, Controller, createParamDecorator, Delete, ExecutionContext, Get, Param, UseGuards } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

export class SessionGuard implements CanActivate {
  async canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest();
    request.user = await verify(request.headers.authorization);
    return true;
  }
}

const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().user,
);

@Controller('cards')
@UseGuards(SessionGuard)
export class CardsController {
  constructor(private readonly prisma: PrismaClient) {}

  @Get(':id')
  one(@CurrentUser() user: { id: string }, @Param('id') id: string) {
    return this.prisma.card.findFirst({ where: { id, team: { members: { some: { userId: user.id } } } } });
  }

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.prisma.card.delete({ where: { id } });
  }
}
";

/// Whoever is in the group may do it: the column of who made the row would shut the others out.
#[test]
fn what_keeps_rows_to_a_group_is_recommended() {
    let folder = workspace(&[("schema.prisma", TEAMS), ("src/cards.ts", TEAM_CARDS)]);
    let output = snell(folder.path(), &["check", "--format", "json", "--exit-zero"]);
    let report: Value = serde_json::from_str(&stdout(&output)).expect("a report");
    let found = report["findings"].as_array().expect("findings");
    let found = found
        .iter()
        .find(|one| one["rule"] == "isolation/unverified-owner")
        .expect("the card that anybody removes");
    let help = found["help"].as_str().expect("help");
    assert!(
        help.contains("belongs to the `Team` of the `Card`"),
        "{help}"
    );
}

const ORDERS: &str = "datasource db {
  provider = \"postgresql\"
}

model User {
  id     String  @id
  orders Order[]
  lines  Line[]
}

model Order {
  id        String    @id
  userId    String
  user      User      @relation(fields: [userId], references: [id])
  status    String
  shippedAt DateTime?
  lines     Line[]
}

model Line {
  id      String @id
  orderId String
  userId  String
  order   Order  @relation(fields: [orderId], references: [id])
  user    User   @relation(fields: [userId], references: [id])
  text    String
}
";

const STATED_ORDERS: &str =
    "import { Body, CanActivate, Controller, createParamDecorator, ExecutionContext, Get, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

export class SessionGuard implements CanActivate {
  async canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest();
    request.user = await verify(request.headers.authorization);
    return true;
  }
}

const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().user,
);

export class OrdersService {
  constructor(private readonly prisma: PrismaClient) {}

  lines(userId: string, orderId: string, text: string) {
    return this.prisma.line.findMany({ where: { userId, text }, take: 50 });
  }
}

@Controller('orders')
@UseGuards(SessionGuard)
export class OrdersController {
  constructor(private readonly prisma: PrismaClient, private readonly orders: OrdersService) {}

  @Get()
  own(@CurrentUser() user: { id: string }) {
    return this.prisma.order.findMany({ where: { userId: user.id }, take: 50 });
  }

  @Patch(':id')
  set(@Param('id') id: string, @Body('status') status: string) {
    return this.prisma.order.update({ where: { id }, data: { status, shippedAt: new Date() } });
  }

  @Get('lines')
  ownLines(@CurrentUser() user: { id: string }) {
    return this.prisma.line.findMany({ where: { userId: user.id }, take: 50 });
  }

  @Post(':orderId/lines')
  lines(@CurrentUser() user: { id: string }, @Param('orderId') orderId: string, @Body('text') text: string) {
    return this.orders.lines(text, user.id, orderId);
  }

  @Post(':orderId/more')
  more(@CurrentUser() user: { id: string }, @Param('orderId') orderId: string, @Body('text') text: string) {
    return this.orders.lines(orderId, text, user.id);
  }
}
";

fn helps(sources: &[(&str, &str)], rule: &str) -> Vec<String> {
    let folder = workspace(sources);
    let output = snell(folder.path(), &["check", "--format", "json", "--exit-zero"]);
    let report: Value = serde_json::from_str(&stdout(&output)).expect("a report");
    let found = report["findings"].as_array().expect("findings");
    let found = found.iter().filter(|one| one["rule"] == rule);
    found
        .map(|one| one["help"].as_str().expect("help").to_owned())
        .collect()
}

/// With the owner in the condition, whoever orders would say that it was paid.
#[test]
fn a_state_may_not_be_for_the_owner_to_set() {
    let sources = [("schema.prisma", ORDERS), ("src/orders.ts", STATED_ORDERS)];
    let helps = helps(&sources, "isolation/unverified-owner");
    assert!(
        helps
            .iter()
            .any(|help| help.starts_with("ask for a role where `status` is not for the owner")),
        "{helps:?}"
    );
}

/// Who is signed in was handed over, and arrives as something else.
#[test]
fn arguments_in_another_order_are_named() {
    let sources = [("schema.prisma", ORDERS), ("src/orders.ts", STATED_ORDERS)];
    let helps = helps(&sources, "isolation/client-supplied-owner-id");
    assert!(
        helps.iter().any(|help| help
            == "hand the arguments over in the order of the parameters: `lines(userId, orderId, text)`"),
        "{helps:?}"
    );
}

const BASKETS: &str = "datasource db {
  provider = \"postgresql\"
}

model Basket {
  id    Int    @id
  code  String?
  items Item[]
}

model Item {
  id       Int    @id
  basketId Int
  basket   Basket @relation(fields: [basketId], references: [id])
}

model Order {
  id   Int    @id
  text String
}
";

const ORDERED: &str = "import { PrismaClient } from '@prisma/client';

export class Baskets {
  constructor(private readonly prisma: PrismaClient) {}

  async order(id: number, text: string) {
    await this.prisma.order.create({ data: { id, text } });
    await this.prisma.item.deleteMany({ where: { basketId: id } });
    await this.prisma.basket.update({ where: { id }, data: { code: null } });
  }
}
";

/// Two of the writes of a function are not all that is left half done.
#[test]
fn a_transaction_is_for_all_writes_of_a_function() {
    let folder = workspace(&[("schema.prisma", BASKETS), ("src/baskets.ts", ORDERED)]);
    let output = snell(folder.path(), &["check", "--exit-zero", "--color", "never"]);
    let text = stdout(&output);
    assert!(
        text.replace(['\n', ' '], "")
            .contains("`order.create`ofthesamefunctionbelongsintoittoo"),
        "{text}"
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
