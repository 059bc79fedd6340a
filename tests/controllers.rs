//! Which controllers are endpoints, and what stands before them by decorators that apply others.

mod support;

use serde_json::Value;
use support::door::{snell, stdout, workspace};

const MOUNTED: [(&str, &str); 4] = [
    (
        "package.json",
        "{\"dependencies\": {\"@nestjs/common\": \"10\", \"@prisma/client\": \"5\"}}",
    ),
    (
        "prisma/schema.prisma",
        "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Note {\n  id   String @id\n  text String\n}\n",
    ),
    (
        "src/main.ts",
        "import { Module, forwardRef } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Archive, Drafts, Notes, Parts, Plans, Shelves } from './controllers';

@Module({ controllers: [Notes] })
class NotesModule {}

@Module({ controllers: [Archive] })
class ArchiveModule {}

@Module({})
class ShelvesModule {
  static forRoot() {
    return { module: ShelvesModule, controllers: [Shelves] };
  }
}

const PARTS = [Parts];

@Module({
  imports: [forwardRef(() => NotesModule), ShelvesModule.forRoot()],
  controllers: [Plans, ...PARTS],
})
class AppModule {}

async function start() {
  const app = await NestFactory.create(AppModule);
  await app.listen(3000);
}

void start();
",
    ),
    (
        "src/controllers.ts",
        "import { Controller, Get } from '@nestjs/common';

@Controller('notes')
export class Notes {
  @Get()
  all() {}
}

@Controller('archive')
export class Archive {
  @Get()
  all() {}
}

@Controller('shelves')
export class Shelves {
  @Get()
  all() {}
}

@Controller('parts')
export class Parts {
  @Get()
  all() {}
}

@Controller('plans')
export class Plans {
  @Get()
  all() {}
}

@Controller('drafts')
export class Drafts {
  @Get()
  all() {}
}
",
    ),
];

/// `Archive` stands in a module that no other imports, `Drafts` in none.
#[test]
fn controllers_that_no_application_mounts_are_no_endpoints() {
    let folder = workspace(&MOUNTED);
    let mut names: Vec<String> = stdout(&snell(folder.path(), &["facts", "endpoints"]))
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a document"))
        .map(|endpoint| endpoint["name"].as_str().unwrap_or("none").to_owned())
        .filter(|name| name.starts_with("GET "))
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["GET /notes", "GET /parts", "GET /plans", "GET /shelves"]
    );
}

const APPLIED: [(&str, &str); 4] = [
    (
        "prisma/schema.prisma",
        "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Note {\n  id String @id\n}\n",
    ),
    (
        "src/doors.ts",
        "import { applyDecorators, CanActivate, Delete, ExecutionContext, Get, Post, SetMetadata, UseGuards } from '@nestjs/common';

export class SessionGuard implements CanActivate {
  async canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest();
    request.user = await verify(request.headers.authorization);
    return true;
  }
}

export const DOORS = {
  prefix: 'notes',
  ways: { add: { path: 'add', asks: [] }, drop: { path: 'drop', asks: ['session'] } },
};

function Asked(...asks: string[]) {
  if (asks.length) {
    return applyDecorators(SetMetadata('asks', asks), UseGuards(SessionGuard));
  }
  return applyDecorators();
}

export const Way = (input: { way: { path: string; asks: string[] } }): MethodDecorator => {
  const { way } = input;
  return (target: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    Post(way.path)(target, key, descriptor);
    if (way.asks.length) {
      Asked(...way.asks)(target, key, descriptor);
    }
    return descriptor;
  };
};

export function Both(path: string) {
  const all = [Get(path), UseGuards(SessionGuard)];
  return (target: object, key: string, descriptor: PropertyDescriptor) => {
    for (const one of all) {
      one(target, key, descriptor);
    }
  };
}

export const Each =
  (path: string): MethodDecorator =>
  (target, key, descriptor) =>
    [Delete(path), UseGuards(SessionGuard)].forEach((one) => one(target, key, descriptor));

export const Sometimes = (path: string) => (target: object, key: string, descriptor: PropertyDescriptor) => {
  Get(path)(target, key, descriptor);
  if (process.env.STRICT) {
    UseGuards(SessionGuard)(target, key, descriptor);
  }
};
",
    ),
    (
        "src/notes.controller.ts",
        "import { Controller } from '@nestjs/common';
import { Both, DOORS, Each, Sometimes, Way } from './doors';

@Controller(DOORS.prefix)
export class NotesController {
  @Way({ way: DOORS.ways.add })
  add() {}

  @Way({ way: DOORS.ways.drop })
  drop() {}

  @Both('both')
  both() {}

  @Each('each')
  each() {}

  @Sometimes('sometimes')
  sometimes() {}
}
",
    ),
    ("package.json", "{}\n"),
];

#[test]
fn decorators_that_apply_others_are_read() {
    let folder = workspace(&APPLIED);
    let mut found: Vec<(String, bool, bool)> =
        stdout(&snell(folder.path(), &["facts", "endpoints"]))
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a document"))
            .filter(|endpoint| endpoint["kind"] == "http")
            .map(|endpoint| {
                let access = &endpoint["access"];
                let unknown = access["unknown"]
                    .as_array()
                    .is_some_and(|all| !all.is_empty());
                let name = endpoint["name"].as_str().unwrap_or_default().to_owned();
                (name, access["authenticated"] == true, unknown)
            })
            .collect();
    found.sort();
    let wanted = [
        ("DELETE /notes/each", true, false),
        ("GET /notes/both", true, false),
        // Whether the guard stands before it, the environment says.
        ("GET /notes/sometimes", false, true),
        ("POST /notes/add", false, false),
        ("POST /notes/drop", true, false),
    ];
    let wanted = wanted.map(|(name, asked, unknown)| (name.to_owned(), asked, unknown));
    assert_eq!(found, wanted);
}
