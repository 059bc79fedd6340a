//! What a check recommends.

mod support;

use serde_json::Value;
use support::door::{snell, stdout, workspace};

/// Who signs in, and how handlers hear of it.
const AUTH: &str =
    "import { CanActivate, createParamDecorator, ExecutionContext } from '@nestjs/common';

export class SessionGuard implements CanActivate {
  async canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest();
    request.user = await verify(request.headers.authorization);
    return true;
  }
}

export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().user,
);
";

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

const TEAM_CARDS: &str = "import { Controller, Delete, Get, Param, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaClient } from '@prisma/client';


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
    let folder = workspace(&[
        ("schema.prisma", TEAMS),
        ("src/auth.ts", AUTH),
        ("src/cards.ts", TEAM_CARDS),
    ]);
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
    "import { Body, Controller, Get, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaClient } from '@prisma/client';


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
    let sources = [
        ("schema.prisma", ORDERS),
        ("src/auth.ts", AUTH),
        ("src/orders.ts", STATED_ORDERS),
    ];
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
    let sources = [
        ("schema.prisma", ORDERS),
        ("src/auth.ts", AUTH),
        ("src/orders.ts", STATED_ORDERS),
    ];
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

const NOTES: &str = "datasource db {
  provider = \"postgresql\"
}

generator client {
  provider = \"prisma-client-js\"
}

model User {
  id    String @id
  notes Note[]
}

model Note {
  id     String @id
  text   String
  userId String
  user   User   @relation(fields: [userId], references: [id])
}
";

const NOTE_ENDPOINTS: &str =
    "import { Body, Controller, Delete, Get, Param, Patch, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaClient } from '@prisma/client';

@Controller('notes')
@UseGuards(SessionGuard)
export class NotesController {
  constructor(private readonly prisma: PrismaClient) {}

  @Get()
  own(@CurrentUser() user: { id: string }) {
    return this.prisma.note.findMany({ where: { userId: user.id }, take: 50 });
  }

  @Get(':id')
  one(@Param('id') id: string) {
    return this.prisma.note.findUnique({ where: { id } });
  }

  @Patch(':id')
  change(@Param('id') id: string, @Body('text') text: string) {
    return this.prisma.note.update({ where: { id }, data: { text } });
  }

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.prisma.note.delete({ where: { id } });
  }
}
";

fn note_helps(version: &str, schema: &str) -> String {
    let manifest = format!(
        "{{ \"name\": \"notes\", \"dependencies\": {{ \"@prisma/client\": \"{version}\" }} }}"
    );
    let sources = [
        ("package.json", manifest.as_str()),
        ("schema.prisma", schema),
        ("src/auth.ts", AUTH),
        ("src/notes.ts", NOTE_ENDPOINTS),
    ];
    helps(&sources, "isolation/unverified-owner").join("\n")
}

/// Before Prisma 5 the condition of one row is its key: what is recommended compiles.
#[test]
fn an_owner_stands_beside_a_key_only_where_prisma_takes_it() {
    let old = note_helps("^4.8.0", NOTES);
    for query in [
        "`updateMany({ where: { id, userId }, data: { ... } })`, and stop when its `count` is 0",
        "`deleteMany({ where: { id, userId } })`, and stop when its `count` is 0",
        "`findFirst({ where: { id, userId } })`",
    ] {
        assert!(old.contains(query), "{old}");
    }
    assert!(!old.contains("to the condition"), "{old}");
    let featured = NOTES.replace(
        "\"prisma-client-js\"",
        "\"prisma-client-js\"\n  previewFeatures = [\"extendedWhereUnique\"]",
    );
    for (version, schema) in [("^4.8.0", featured.as_str()), ("^5.0.0", NOTES)] {
        let new = note_helps(version, schema);
        assert!(!new.contains("Many"), "{new}");
        assert!(
            new.contains("add the owner to the condition: `where: { id, userId }`"),
            "{new}"
        );
    }
}

#[test]
fn what_was_sent_is_added_and_not_what_was_read() {
    let schema = "datasource db {
  provider = \"postgresql\"
}

model Saving {
  id     String  @id
  amount Decimal
}
";
    let code = "import { BadRequestException, Body, Controller, NotFoundException, Param, Post } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Controller('savings')
export class SavingsController {
  constructor(private readonly prisma: PrismaService) {}

  @Post(':id')
  async put(@Param('id') id: string, @Body() dto: { amount: number }) {
    const saving = await this.prisma.saving.findUnique({ where: { id } });
    if (!saving) throw new NotFoundException();
    await this.prisma.saving.update({ where: { id }, data: { amount: Number(saving.amount) + dto.amount } });
  }

  @Post(':id/take')
  async take(@Param('id') id: string, @Body() dto: { amount: number }) {
    const saving = await this.prisma.saving.findUnique({ where: { id } });
    if (!saving) throw new NotFoundException();
    const current = Number(saving.amount);
    if (dto.amount > current) throw new BadRequestException();
    await this.prisma.saving.update({ where: { id }, data: { amount: current - dto.amount } });
  }

  @Post(':id/spend')
  async spend(@Param('id') id: string, @Body() dto: { amount: number }) {
    const saving = await this.prisma.saving.findUnique({ where: { id } });
    if (!saving) throw new NotFoundException();
    const left = saving.amount.minus(dto.amount);
    if (left.lt(0)) throw new BadRequestException();
    await this.prisma.saving.update({ where: { id }, data: { amount: left } });
    return { left };
  }
}
";
    let helps = helps(
        &[
            ("prisma/schema.prisma", schema),
            ("src/savings.controller.ts", code),
        ],
        "query/counter-race",
    );
    assert_eq!(
        helps,
        [
            "let the database count: `amount: { increment: dto.amount }`",
            "let the database ask and count: `updateMany({ where: { id, amount: { gte: dto.amount } }, data: { amount: { decrement: dto.amount } } })`, and stop when its `count` is 0",
            "let the database ask and count: `updateMany({ where: { id, amount: { gte: dto.amount } }, data: { amount: { decrement: dto.amount } } })`, and stop when its `count` is 0, and take the number from the row that is there then: what was read before is the same for two requests",
        ]
    );
}

/// PostgreSQL refuses a required column without a default where rows are.
#[test]
fn a_required_column_is_filled_before_it_is_required() {
    let sources = [
        ("package.json", "{\"workspaces\": []}"),
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Note {\n  id    Int     @id\n  label String\n  done  Boolean @default(false)\n}\n",
        ),
        (
            "prisma/migrations/20240101000000_a/migration.sql",
            "CREATE TABLE \"Note\" (\"id\" INTEGER NOT NULL, CONSTRAINT \"Note_pkey\" PRIMARY KEY (\"id\"));\n",
        ),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        (
            "src/notes.ts",
            "import { PrismaClient } from '@prisma/client';\n\nexport class Notes {\n  constructor(private readonly prisma: PrismaClient) {}\n\n  onModuleInit() {\n    return this.prisma.$executeRawUnsafe('ALTER TABLE \"Note\" ADD COLUMN IF NOT EXISTS \"done\" BOOLEAN NOT NULL DEFAULT false');\n  }\n}\n",
        ),
    ];
    let helps = helps(&sources, "consistency/schema-migration-drift");
    let filled = "write a migration: `ALTER TABLE \"Note\" ADD COLUMN \"label\" text;` fill it in the rows that are there, then `ALTER TABLE \"Note\" ALTER COLUMN \"label\" SET NOT NULL;`";
    let beside = "write a migration: `ALTER TABLE \"Note\" ADD COLUMN IF NOT EXISTS \"done\" boolean NOT NULL DEFAULT false;`";
    for wanted in [filled, beside] {
        assert!(helps.iter().any(|help| help.contains(wanted)), "{helps:?}");
    }
}

const ROOMS: &str = "datasource db {
  provider = \"postgresql\"
}

model User {
  id    String @id
  posts Post[]
}

model Room {
  id    String @id
  posts Post[]
}

model Post {
  id     String  @id
  userId String
  user   User    @relation(fields: [userId], references: [id])
  roomId String
  room   Room    @relation(fields: [roomId], references: [id])
  text   String
  marks  Json?
}
";

const READERS: &str =
    "import { Body, Controller, Get, Param, Post, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard } from './auth';
import { PrismaClient } from '@prisma/client';

@Controller('posts')
@UseGuards(SessionGuard)
export class PostsController {
  constructor(private readonly prisma: PrismaClient) {}

  @Get()
  own(@CurrentUser() user: { id: string }) {
    return this.prisma.post.findMany({ where: { userId: user.id }, take: 50 });
  }

  @Post(':id/read')
  read(@Param('id') id: string, @Body('marks') marks: object) {
    return this.prisma.post.update({ where: { id }, data: { marks } });
  }
}
";

/// Its author is the last who has to say that a post was read.
#[test]
fn readers_are_kept_to_what_they_have_a_part_in() {
    let sources = [
        ("schema.prisma", ROOMS),
        ("src/auth.ts", AUTH),
        ("src/posts.ts", READERS),
    ];
    let helps = helps(&sources, "isolation/unverified-owner");
    assert!(
        helps
            .iter()
            .any(|help| help.contains("has a part in its `Room`")),
        "{helps:?}"
    );
}

/// A message is no query, and its text no value of one.
#[test]
fn messages_are_sent_by_the_function_that_takes_parameters() {
    let sources = [
        (
            "schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Job {\n  id String @id\n}\n",
        ),
        (
            "src/jobs.ts",
            "import { Controller, Param, Post } from '@nestjs/common';\nimport { PrismaClient } from '@prisma/client';\n\n@Controller('jobs')\nexport class JobsController {\n  constructor(private readonly prisma: PrismaClient) {}\n\n  @Post(':id')\n  tell(@Param('id') id: string) {\n    return this.prisma.$executeRawUnsafe(`NOTIFY jobs, '${id}'`);\n  }\n}\n",
        ),
    ];
    let helps = helps(&sources, "raw-sql/unparameterized");
    assert!(
        helps.iter().any(|help| help.contains("pg_notify")),
        "{helps:?}"
    );
}
