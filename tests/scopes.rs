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
