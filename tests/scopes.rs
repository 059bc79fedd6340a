//! Whose rows queries reach, as `snell facts queries` shows it: conditions and rows that a client
//! sends as a whole, callbacks that are handed a row, middlewares that sign in.

mod support;

use serde_json::Value;
use support::door::{snell, stdout, workspace};

const SCHEMA: &str = "datasource db {
  provider = \"postgresql\"
}

model User {
  id     String  @id
  boards Board[]
}

model Board {
  id     String @id
  userId String
  user   User   @relation(fields: [userId], references: [id])
  cards  Card[]
}

model Card {
  id      String  @id
  title   String
  color   String?
  boardId String
  board   Board   @relation(fields: [boardId], references: [id])
}
";

const OWNED: &str = "import { CanActivate, ExecutionContext, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext } from '@nestjs/graphql';
import { get } from 'lodash';

export const Owned = (path: string) => SetMetadata('owned', path);

export class OwnedGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly access: { may(user: string, id: string): Promise<boolean> },
  ) {}

  async canActivate(context: ExecutionContext) {
    const request = GqlExecutionContext.create(context);
    const path = this.reflector.get<string>('owned', context.getHandler());
    return !path || this.access.may(request.getContext().user.id, get(request.getArgByIndex(1), path));
  }
}
";

const CARDS: &str = "import { UseGuards } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { PrismaClient } from '@prisma/client';
import { Owned, OwnedGuard } from './owned';

@Resolver()
@UseGuards(OwnedGuard)
export class Cards {
  constructor(private readonly db: PrismaClient) {}

  @Mutation()
  @Owned('data.board.connect.id')
  add(@Args() args: any) {
    return this.db.card.create(args);
  }

  @Query()
  @Owned('where.board.id')
  cards(@Args() args: any) {
    return this.db.card.findMany({
      ...args,
      where: { ...args.where, board: { ...args.where?.board, cards: { some: {} } } },
    });
  }

  @Query()
  @Owned('where.board.id')
  others(@Args() args: any) {
    return this.db.card.count({ where: { ...args.where, NOT: { board: { ...args.where?.board } }, board: {} } });
  }

  @Mutation()
  @Owned('where.id')
  rename(@Args() args: any) {
    return this.within(args.where.id, async (card) => {
      return this.db.board.updateMany({ where: { id: card.boardId }, data: {} });
    });
  }

  private async within(id: string, run: (card: any) => Promise<any>) {
    const card = await this.db.card.findUnique({ where: { id } });
    if (!card) {
      throw new Error('gone');
    }
    return run(card);
  }
}
";

#[test]
fn parts_that_a_guard_checked_and_rows_that_are_handed_on_are_in_scope() {
    let folder = workspace(&[
        ("prisma/schema.prisma", SCHEMA),
        ("src/owned.ts", OWNED),
        ("src/cards.ts", CARDS),
    ]);
    let queries: Vec<Value> = stdout(&snell(folder.path(), &["facts", "queries"]))
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document"))
        .collect();
    let verdict = |operation: &str| {
        let found = queries.iter().find(|query| query["operation"] == operation);
        found
            .and_then(|query| query["verdict"].as_str())
            .unwrap_or("none")
            .to_owned()
    };
    assert_eq!(verdict("create"), "CheckedBefore", "the data as a whole");
    assert_eq!(
        verdict("findMany"),
        "CheckedBefore",
        "a part of the condition, spread again"
    );
    assert_ne!(
        verdict("count"),
        "CheckedBefore",
        "what must not hold is no check"
    );
    assert_eq!(
        verdict("updateMany"),
        "ScopedByParent",
        "a callback is handed the row that was looked up by the key that was checked"
    );
}

/// The queries of one controller, with what all of them need.
fn queries_of(controller: &str) -> Vec<Value> {
    let folder = workspace(&[
        ("prisma/schema.prisma", SCHEMA),
        ("src/session.ts", SESSION),
        ("src/boards.ts", controller),
    ]);
    let printed = stdout(&snell(folder.path(), &["facts", "queries"]));
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a document"))
        .collect()
}

fn said(queries: &[Value], operation: &str, what: &str) -> String {
    let found = queries.iter().find(|query| query["operation"] == operation);
    found
        .and_then(|query| query[what].as_str())
        .unwrap_or("none")
        .to_owned()
}

const SESSION: &str =
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

const STORE: &str =
    "import { Body, Controller, Delete, Get, Post, UseGuards } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';
import { Redis } from 'ioredis';
import { begin } from 'remote-login';
import { CurrentUser, SessionGuard } from './session';

const redis = new Redis();

@Controller('links')
export class Links {
  constructor(private readonly db: PrismaClient) {}

  @Get('begin')
  @UseGuards(SessionGuard)
  async start(@CurrentUser() user: { id: string }) {
    const { state, url } = await begin();
    await redis.set(`owner:${state}`, user.id, 'EX', 60);
    await redis.set(`either:${state}`, user.id, 'EX', 60);
    await redis.set(`last:${user.id}`, user.id, 'EX', 60);
    return url;
  }

  @Post('claim')
  async claim(@Body('owner') owner: string) {
    const { state, url } = await begin();
    await redis.set(`either:${state}`, owner, 'EX', 60);
    return url;
  }

  @Post('end')
  async end(@Body('state') state: string) {
    const userId = await redis.get(`owner:${state}`);
    return this.db.board.findMany({ where: { userId } });
  }

  @Post('any')
  async any(@Body('state') state: string) {
    const userId = await redis.get(`either:${state}`);
    return this.db.board.count({ where: { userId } });
  }

  @Delete()
  async last(@Body('of') of: string) {
    const userId = await redis.get(`last:${of}`);
    return this.db.board.deleteMany({ where: { userId } });
  }
}
";

#[test]
fn what_a_request_leaves_in_a_store_under_a_made_up_key_is_who_asked() {
    let queries = queries_of(STORE);
    assert_eq!(said(&queries, "findMany", "verdict"), "Scoped");
    assert_ne!(
        said(&queries, "count", "verdict"),
        "Scoped",
        "somebody else writes what a client sent under the same name"
    );
    assert_ne!(
        said(&queries, "deleteMany", "verdict"),
        "Scoped",
        "a client can name the key"
    );
}

const MARKED: &str =
    "import { Body, Controller, Get, Param, Post, UseGuards } from '@nestjs/common';
import { ApiUnauthorizedResponse } from '@nestjs/swagger';
import { Public, Traced } from '@house/web';
import { PrismaClient } from '@prisma/client';
import { CurrentUser, SessionGuard } from './session';

@Controller('boards')
@UseGuards(SessionGuard)
export class Boards {
  constructor(private readonly db: PrismaClient) {}

  @Get(':id')
  @Public()
  one(@Param('id') id: string) {
    return this.db.board.findUnique({ where: { id } });
  }

  @Get('of/:id')
  @Traced()
  first(@Param('id') id: string) {
    return this.db.board.findFirst({ where: { id } });
  }

  @Get('all/:id')
  @ApiUnauthorizedResponse({ description: 'Sign in first' })
  all(@Param('id') id: string) {
    return this.db.board.findMany({ where: { id } });
  }

  @Post(':id/cards')
  async add(@Param('id') boardId: string, @Body('title') title: string) {
    const card = await this.db.card.create({ data: { title, boardId } });
    return this.db.card.update({ where: { id: card.id }, data: { color: 'red' } });
  }
}
";

#[test]
fn a_marker_of_a_package_opens_what_it_says_is_public() {
    let queries = queries_of(MARKED);
    assert_eq!(said(&queries, "findUnique", "verdict"), "Public");
    assert_eq!(
        said(&queries, "findFirst", "verdict"),
        "Unknown",
        "what another one does is not known"
    );
    assert_eq!(
        said(&queries, "findMany", "verdict"),
        "ClientKeyOnly",
        "what documents an answer opens nothing"
    );
}

#[test]
fn a_row_that_was_made_on_the_way_is_whose_its_parent_is() {
    let queries = queries_of(MARKED);
    let reason = said(&queries, "update", "reason");
    assert!(
        reason.starts_with("`boardId` is what the client sent"),
        "{reason}"
    );
}

const MADE: &str = "import { Controller, Delete, Param, UseGuards } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';
import { CurrentUser, SessionGuard } from './session';

class Removal {
  readonly userId: string;
  readonly boardId: string;

  constructor(input: { userId: string; boardId: string }) {
    Object.assign(this, input);
  }
}

class Search {
  readonly userId: string;
  readonly words: string;

  constructor(userId: string, words: string) {
    this.userId = userId;
    this.words = words.trim();
  }
}

@Controller('boards')
@UseGuards(SessionGuard)
export class Boards {
  private readonly db = new PrismaClient().$extends({
    query: {
      board: {
        async findMany({ args, query }) {
          const started = Date.now();
          const found = await query(args);
          console.log(Date.now() - started);
          return found;
        },
      },
    },
  });

  @Delete(':id')
  remove(@CurrentUser() user: { id: string }, @Param('id') id: string) {
    return this.take(new Removal({ userId: user.id, boardId: id }));
  }

  @Delete('all/:words')
  search(@CurrentUser() user: { id: string }, @Param('words') words: string) {
    const search = new Search(user.id, words);
    return this.db.board.findMany({ where: { userId: search.userId } });
  }

  @Delete('others/:words')
  others(@CurrentUser() user: { id: string }) {
    return this.db.board.findFirst({ where: { userId: { not: user.id } } });
  }

  private take(removal: Removal) {
    return this.db.board.delete({ where: { id: removal.boardId } });
  }
}
";

#[test]
fn an_instance_holds_what_its_constructor_was_handed_each_by_itself() {
    let queries = queries_of(MADE);
    assert_eq!(said(&queries, "delete", "verdict"), "ClientKeyOnly");
    assert_eq!(
        said(&queries, "findMany", "verdict"),
        "Scoped",
        "an extension that looks on adds no condition"
    );
    assert_eq!(
        said(&queries, "findFirst", "verdict"),
        "Unknown",
        "who asks is left out: the rows are those of others"
    );
}

/// Clients and transactions that keep rows to their owner without a condition.
const KEPT: [(&str, &str); 4] = [
    ("package.json", "{\"workspaces\": []}"),
    (
        "prisma/schema.prisma",
        "datasource db {
  provider = \"postgresql\"
}

model User {
  id    String @id
  notes Note[]
}

model Note {
  id     String @id
  userId String
  user   User   @relation(fields: [userId], references: [id])
}
",
    ),
    (
        "prisma/migrations/1_init/migration.sql",
        "CREATE TABLE \"User\" (id text PRIMARY KEY);
CREATE TABLE \"Note\" (id text PRIMARY KEY, \"userId\" text NOT NULL REFERENCES \"User\" (id));
ALTER TABLE \"Note\" ENABLE ROW LEVEL SECURITY;
ALTER TABLE \"Note\" FORCE ROW LEVEL SECURITY;
CREATE FUNCTION who() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.user', true) $$;
CREATE POLICY own ON \"Note\" USING (\"userId\" = (SELECT who()));
",
    ),
    (
        "src/notes.ts",
        "import { Controller, Get, Param, Req, UseGuards } from '@nestjs/common';
import { Prisma, PrismaClient } from '@prisma/client';
import { enhance } from '@zenstackhq/runtime';

class SessionGuard {
  async canActivate(context) {
    const request = context.switchToHttp().getRequest();
    request.user = await verify(request.headers.authorization);
    return true;
  }
}

class Database extends PrismaClient {
  as(userId: string, work: (tx: Prisma.TransactionClient) => Promise<any>) {
    return this.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT set_config('app.user', ${userId}, true)`;
      return work(tx);
    });
  }
}

@Controller('notes')
@UseGuards(SessionGuard)
export class Notes {
  constructor(private readonly db: Database) {}

  @Get('own/:id')
  own(@Req() req, @Param('id') id: string) {
    return this.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT set_config('app.user', ${req.user.id}, true)`;
      return tx.note.findUnique({ where: { id } });
    });
  }

  @Get('wrapped/:id')
  wrapped(@Req() req, @Param('id') id: string) {
    return this.db.as(req.user.id, (tx) => tx.note.findFirst({ where: { id } }));
  }

  @Get('listed')
  async listed(@Req() req) {
    const [, notes] = await this.db.$transaction([
      this.db.$executeRaw`SELECT set_config('app.user', ${req.user.id}, true)`,
      this.db.note.findMany({}),
    ]);
    return notes;
  }

  @Get('bare/:id')
  bare(@Param('id') id: string) {
    return this.db.note.findUniqueOrThrow({ where: { id } });
  }

  @Get('extended/:id')
  extended(@Req() req, @Param('id') id: string) {
    const own = this.db.$extends({
      query: {
        $allModels: {
          $allOperations({ args, query }) {
            return query({ ...args, where: { ...args.where, userId: req.user.id } });
          },
        },
      },
    });
    return own.note.findFirstOrThrow({ where: { id } });
  }

  @Get('policies/:id')
  policies(@Req() req, @Param('id') id: string) {
    return enhance(this.db, { user: req.user }).note.count({ where: { id } });
  }

  @Get('named/:id')
  named(@Param('id') id: string) {
    const named = this.db.$extends({ result: { note: { name: { compute: (note) => note.id } } } });
    return named.note.aggregate({ where: { id } });
  }
}
",
    ),
];

#[test]
fn row_security_and_clients_that_enforce_policies_are_scope() {
    let folder = workspace(&KEPT);
    let queries: Vec<Value> = stdout(&snell(folder.path(), &["facts", "queries"]))
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document"))
        .collect();
    let verdict = |operation: &str| {
        let found = queries.iter().find(|query| query["operation"] == operation);
        found
            .and_then(|query| query["verdict"].as_str())
            .unwrap_or("none")
            .to_owned()
    };
    assert_eq!(
        verdict("findUnique"),
        "Scoped",
        "set before, in one callback"
    );
    assert_eq!(verdict("findFirst"), "Scoped", "set by a wrapper");
    assert_eq!(verdict("findMany"), "Scoped", "set before, in one array");
    assert_eq!(
        verdict("findFirstOrThrow"),
        "Scoped",
        "written by an extension"
    );
    assert_eq!(verdict("count"), "Scoped", "asked by policies");
    assert_eq!(verdict("findUniqueOrThrow"), "ClientKeyOnly", "not set");
    assert_eq!(
        verdict("aggregate"),
        "ClientKeyOnly",
        "an extension that adds a field to results adds no condition"
    );
}

const IDLE: &str = "import { Controller, Delete, Injectable, Param } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

@Injectable()
export class BoardStore {
  constructor(private readonly db: PrismaClient) {}

  remove(id: string) {
    return this.db.board.delete({ where: { id } });
  }

  empty(userId: string) {
    return this.db.board.deleteMany({ where: { userId } });
  }
}

@Injectable()
export class BoardCleaner {
  constructor(private readonly store: BoardStore) {}

  clean(userId: string) {
    return this.store.empty(userId);
  }
}

@Controller('boards')
export class Boards {
  constructor(private readonly store: BoardStore) {}

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.store.remove(id);
  }
}
";

#[test]
fn what_nothing_calls_is_not_undecided() {
    let queries = queries_of(IDLE);
    let uncalled = "nothing that runs calls its method";
    assert_eq!(said(&queries, "deleteMany", "reason"), uncalled);
    assert_ne!(said(&queries, "delete", "reason"), uncalled);
}
