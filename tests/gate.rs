//! What the gate is for: what a change does is told wherever it stands, and what was there before is not.

mod support;

use std::fs;

use support::door::{git_done, snell, snell_with, stderr, stdout, workspace};
use tempfile::TempDir;

const SCHEMA: &str = "generator client {
  provider = \"prisma-client-js\"
}

datasource db {
  provider = \"postgresql\"
  url      = env(\"DATABASE_URL\")
}

model User {
  id           String @id @default(cuid())
  email        String @unique
  passwordHash String @map(\"password_hash\")
  notes        Note[]
}

model Note {
  id     String @id @default(cuid())
  title  String
  body   String
  userId String @map(\"user_id\")
  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)

  @@index([userId])
  @@map(\"notes\")
}
";

const INIT: &str = "CREATE TABLE \"User\" (\"id\" TEXT NOT NULL, \"email\" TEXT NOT NULL, \"password_hash\" TEXT NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));
CREATE TABLE \"notes\" (\"id\" TEXT NOT NULL, \"title\" TEXT NOT NULL, \"body\" TEXT NOT NULL, \"user_id\" TEXT NOT NULL, CONSTRAINT \"notes_pkey\" PRIMARY KEY (\"id\"));
CREATE UNIQUE INDEX \"User_email_key\" ON \"User\"(\"email\");
CREATE INDEX \"notes_user_id_idx\" ON \"notes\"(\"user_id\");
ALTER TABLE \"notes\" ADD CONSTRAINT \"notes_user_id_fkey\" FOREIGN KEY (\"user_id\") REFERENCES \"User\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE;
";

const MAIN: &str = "import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.useGlobalPipes(new ValidationPipe({ whitelist: true }));
  await app.listen(3000);
}
bootstrap();
";

const MODULE: &str = "import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard';
import { NotesController } from './notes.controller';
import { NotesService } from './notes.service';
import { PrismaService } from './prisma.service';

@Module({
  controllers: [NotesController],
  providers: [NotesService, PrismaService, { provide: APP_GUARD, useClass: AuthGuard }],
})
export class AppModule {}
";

const GUARD: &str = "import { CanActivate, ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { verify } from 'jsonwebtoken';

@Injectable()
export class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const token = request.headers.authorization?.split(' ')[1];
    if (!token) throw new UnauthorizedException();
    request.user = verify(token, process.env.JWT_SECRET!);
    return true;
  }
}
";

const DTO: &str = "import { IsString } from 'class-validator';

export class NoteDto {
  @IsString()
  title: string;

  @IsString()
  body: string;
}
";

const SERVICE: &str = "import { Injectable } from '@nestjs/common';
import { NoteDto } from './note.dto';
import { PrismaService } from './prisma.service';

@Injectable()
export class NotesService {
  constructor(private readonly prisma: PrismaService) {}

  list(userId: string) {
    return this.prisma.note.findMany({ where: { userId }, take: 50 });
  }

  one(userId: string, id: string) {
    return this.prisma.note.findFirst({ where: { id, userId } });
  }

  update(userId: string, id: string, data: NoteDto) {
    return this.prisma.note.updateMany({ where: { id, userId }, data });
  }
}
";

const CONTROLLER: &str =
    "import { Body, Controller, Get, Param, Patch, Req } from '@nestjs/common';
import { NoteDto } from './note.dto';
import { NotesService } from './notes.service';

@Controller('notes')
export class NotesController {
  constructor(private readonly notes: NotesService) {}

  @Get()
  list(@Req() request: any) {
    return this.notes.list(request.user.sub);
  }

  @Get(':id')
  one(@Req() request: any, @Param('id') id: string) {
    return this.notes.one(request.user.sub, id);
  }

  @Patch(':id')
  update(@Req() request: any, @Param('id') id: string, @Body() body: NoteDto) {
    return this.notes.update(request.user.sub, id, body);
  }
}
";

/// The same without asking whose the notes are, and three lists of notes with all of their users.
const CARELESS: &str = "import { Injectable } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Injectable()
export class ShelvesService {
  constructor(private readonly prisma: PrismaService) {}

  one(id: string) {
    return this.prisma.note.findUnique({ where: { id } });
  }

  remove(id: string) {
    return this.prisma.note.delete({ where: { id } });
  }

  all() {
    return this.prisma.note.findMany({ include: { user: true }, take: 5 });
  }

  last() {
    return this.prisma.note.findMany({ include: { user: true }, take: 1 });
  }
}
";

const SHELVES: &str = "import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ShelvesService } from './shelves.service';

@Controller('shelves')
export class ShelvesController {
  constructor(private readonly shelves: ShelvesService) {}

  @Get()
  all() {
    return this.shelves.all();
  }

  @Get('last')
  last() {
    return this.shelves.last();
  }

  @Get(':id')
  one(@Param('id') id: string) {
    return this.shelves.one(id);
  }

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.shelves.remove(id);
  }
}
";

const SHELVES_MODULE: &str = "import { Module } from '@nestjs/common';
import { PrismaService } from './prisma.service';
import { ShelvesController } from './shelves.controller';
import { ShelvesService } from './shelves.service';

@Module({ controllers: [ShelvesController], providers: [ShelvesService, PrismaService] })
export class ShelvesModule {}
";

/// An application without a fault, and one that has some: both committed.
fn notes(careless: bool) -> TempDir {
    let folder = workspace(&[
        (
            "package.json",
            "{ \"name\": \"notes\", \"dependencies\": { \"@nestjs/core\": \"10.4.0\", \"@prisma/client\": \"6.1.0\" } }",
        ),
        ("prisma/schema.prisma", SCHEMA),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        ("prisma/migrations/20250101000000_init/migration.sql", INIT),
        ("src/main.ts", MAIN),
        ("src/app.module.ts", MODULE),
        ("src/auth.guard.ts", GUARD),
        ("src/note.dto.ts", DTO),
        ("src/notes.service.ts", SERVICE),
        ("src/notes.controller.ts", CONTROLLER),
        (
            "src/prisma.service.ts",
            "import { Injectable } from '@nestjs/common';\nimport { PrismaClient } from '@prisma/client';\n\n@Injectable()\nexport class PrismaService extends PrismaClient {}\n",
        ),
    ]);
    if careless {
        add_shelves(&folder);
    }
    git_done(folder.path(), &["init", "-q", "-b", "main"]);
    commit(&folder, "first");
    folder
}

/// Adds endpoints that reach everybody's notes.
fn add_shelves(folder: &TempDir) {
    for (path, text) in [
        ("src/shelves.service.ts", CARELESS),
        ("src/shelves.controller.ts", SHELVES),
        ("src/shelves.module.ts", SHELVES_MODULE),
    ] {
        fs::write(folder.path().join(path), text).expect("a file");
    }
    edit(
        folder,
        "src/app.module.ts",
        "@Module({",
        "@Module({\n  imports: [ShelvesModule],",
    );
    edit(
        folder,
        "src/app.module.ts",
        "\n\n@",
        "\nimport { ShelvesModule } from './shelves.module';\n\n@",
    );
}

fn commit(folder: &TempDir, message: &str) {
    git_done(folder.path(), &["add", "-A"]);
    git_done(folder.path(), &["commit", "-qm", message]);
}

fn edit(folder: &TempDir, path: &str, from: &str, to: &str) {
    let path = folder.path().join(path);
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{}", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
}

/// What the hook says of what is staged, as one line for each finding.
fn staged(folder: &TempDir, more: &[&str]) -> (Option<i32>, String) {
    git_done(folder.path(), &["add", "-A"]);
    let arguments = [&["check", "--staged", "-f", "concise"], more].concat();
    let output = snell(folder.path(), &arguments);
    (output.status.code(), stdout(&output))
}

/// The same of the last commit, in CI.
fn changed(folder: &TempDir) -> (Option<i32>, String) {
    commit(folder, "change");
    let arguments = ["check", "--changed", "--since", "HEAD~1", "-f", "concise"];
    let output = snell(folder.path(), &arguments);
    (output.status.code(), stdout(&output))
}

fn good(told: (Option<i32>, String)) {
    assert_eq!(told, (Some(0), String::new()));
}

fn stopped(told: (Option<i32>, String), by: &str, at: &str) {
    let (code, text) = told;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains(by) && text.contains(at), "{text}");
}

#[test]
fn a_pipe_that_lets_everything_through_is_told_at_the_query() {
    let folder = notes(false);
    good(staged(&folder, &[]));
    edit(&folder, "src/main.ts", "{ whitelist: true }", "");
    let (rule, place) = ("security/mass-assignment", "notes.service.ts");
    stopped(staged(&folder, &[]), rule, place);
    // Hooks name what is staged: what that does elsewhere belongs to it.
    stopped(staged(&folder, &["src/main.ts"]), rule, place);
    good(staged(&folder, &["src/app.module.ts"]));
    stopped(changed(&folder), rule, place);
}

#[test]
fn what_was_there_stops_no_edit() {
    let folder = notes(true);
    let all = stdout(&snell(folder.path(), &["check", "-f", "concise"]));
    assert!(
        all.matches("isolation/missing-owner-filter").count() >= 1,
        "{all}"
    );
    edit(
        &folder,
        "prisma/schema.prisma",
        "model Note",
        "// notes\nmodel Note",
    );
    edit(
        &folder,
        "src/notes.service.ts",
        "  list(",
        "  // all\n  list(",
    );
    edit(
        &folder,
        "src/shelves.service.ts",
        "  one(",
        "  // any\n  one(",
    );
    good(staged(&folder, &[]));
    good(changed(&folder));
}

/// Three lists give away the same field: whichever is new is the one that is told, with a baseline and without.
#[test]
fn of_findings_that_are_alike_the_new_one_is_told() {
    for accepted in [false, true] {
        let folder = notes(true);
        if accepted {
            let created = snell(
                folder.path(),
                &["baseline", "create", "--include", "critical"],
            );
            assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
            commit(&folder, "accepted");
        }
        edit(
            &folder,
            "src/notes.service.ts",
            "  one(",
            "  open() {\n    return this.prisma.note.findMany({ include: { user: true }, take: 9 });\n  }\n\n  one(",
        );
        edit(
            &folder,
            "src/notes.controller.ts",
            "  @Get(':id')",
            "  @Get('open')\n  open() {\n    return this.notes.open();\n  }\n\n  @Get(':id')",
        );
        let rule = "security/sensitive-field-exposed";
        for told in [staged(&folder, &[]), changed(&folder)] {
            let (code, text) = told;
            assert_eq!(code, Some(1), "{text}");
            assert_eq!(text.matches(rule).count(), 1, "{text}");
            assert!(text.contains("src/notes."), "{text}");
            assert!(!text.contains("src/shelves."), "{text}");
        }
        if accepted {
            let all = stdout(&snell(folder.path(), &["check", "-f", "concise"]));
            assert_eq!(all.matches(rule).count(), 1, "{all}");
            assert!(!all.contains("src/shelves."), "{all}");
            let more = [
                "baseline",
                "create",
                "src/notes.service.ts",
                "--include",
                "critical",
            ];
            let created = stdout(&snell(folder.path(), &more));
            assert!(created.contains(", 0 gone"), "{created}");
            let output = snell(folder.path(), &["check"]);
            assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
        }
    }
}

#[test]
fn what_is_remembered_of_the_last_commit_changes_nothing() {
    let folder = notes(true);
    let cache = tempfile::tempdir().expect("a folder");
    let cache = cache.path().to_str().expect("UTF-8");
    let kept = |folder: &TempDir| {
        git_done(folder.path(), &["add", "-A"]);
        let arguments = ["check", "--staged", "-f", "concise", "--cache-dir", cache];
        let output = snell_with(folder.path(), &arguments, &[("SNELL_NO_CACHE", "")]);
        (output.status.code(), stdout(&output))
    };
    edit(
        &folder,
        "src/shelves.service.ts",
        "  one(",
        "  // any\n  one(",
    );
    good(kept(&folder));
    good(kept(&folder));
    // What was staged is the last commit now, and is known.
    commit(&folder, "a comment");
    edit(&folder, "src/main.ts", "{ whitelist: true }", "");
    let (rule, place) = ("security/mass-assignment", "notes.service.ts");
    for _ in 0..2 {
        let told = kept(&folder);
        assert_eq!(told, staged(&folder, &[]));
        stopped(told, rule, place);
    }
}

#[test]
fn what_is_silenced_no_more_is_new() {
    let folder = notes(true);
    edit(
        &folder,
        "src/shelves.service.ts",
        "    return this.prisma.note.delete(",
        "    // snell-ignore isolation/*: everybody's\n    return this.prisma.note.delete(",
    );
    commit(&folder, "silenced");
    edit(
        &folder,
        "src/shelves.service.ts",
        "    // snell-ignore isolation/*: everybody's\n",
        "",
    );
    stopped(staged(&folder, &[]), "isolation/", "shelves.service.ts");
}

#[test]
fn the_first_commit_is_all_new() {
    let folder = workspace(&[
        ("prisma/schema.prisma", SCHEMA),
        ("src/shelves.service.ts", CARELESS),
        ("src/shelves.controller.ts", SHELVES),
    ]);
    git_done(folder.path(), &["init", "-q"]);
    let (code, text) = staged(&folder, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("src/shelves."), "{text}");
}

#[test]
fn a_schema_that_is_gone_is_no_clean_project() {
    let folder = notes(false);
    git_done(folder.path(), &["rm", "-q", "prisma/schema.prisma"]);
    let output = snell(folder.path(), &["check", "--staged"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("no Prisma schema found"),
        "{}",
        stderr(&output)
    );
    fs::write(folder.path().join("prisma/schema.prisma"), "modl {{{\n").expect("a file");
    assert_eq!(staged(&folder, &[]).0, Some(2));
    assert_eq!(changed(&folder).0, Some(2));
    // Prisma is given up altogether: nothing is left to judge.
    let folder = notes(false);
    git_done(folder.path(), &["rm", "-qr", "prisma", "src"]);
    edit(
        &folder,
        "package.json",
        ", \"@prisma/client\": \"6.1.0\"",
        "",
    );
    good(staged(&folder, &[]));
}

const PINNED: (&str, &str) = (
    "prisma/migrations/20250201000000_pinned/migration.sql",
    "ALTER TABLE \"notes\" ADD COLUMN \"pinned\" BOOLEAN NOT NULL DEFAULT false;\n",
);

#[test]
fn a_migration_that_is_taken_away_with_its_fields_is_told() {
    let folder = notes(false);
    let path = folder.path().join(PINNED.0);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, PINNED.1).expect("a file");
    edit(
        &folder,
        "prisma/schema.prisma",
        "  body   String\n",
        "  body   String\n  pinned Boolean @default(false)\n",
    );
    good(staged(&folder, &[]));
    commit(&folder, "pinned");
    git_done(folder.path(), &["rm", "-q", PINNED.0]);
    edit(
        &folder,
        "prisma/schema.prisma",
        "  pinned Boolean @default(false)\n",
        "",
    );
    let rule = "migration/edited-after-apply";
    stopped(staged(&folder, &[]), rule, "20250201000000_pinned");
    stopped(changed(&folder), rule, "20250201000000_pinned");
    // The only one.
    let folder = notes(false);
    git_done(
        folder.path(),
        &[
            "rm",
            "-q",
            "prisma/migrations/20250101000000_init/migration.sql",
        ],
    );
    stopped(staged(&folder, &[]), rule, "20250101000000_init");
    // Databases know migrations by their names: a folder that moves is no matter.
    let folder = notes(false);
    fs::create_dir_all(folder.path().join("packages/db")).expect("a folder");
    git_done(folder.path(), &["mv", "prisma", "packages/db/prisma"]);
    let (_, text) = staged(&folder, &[]);
    assert!(!text.contains(rule), "{text}");
}

#[test]
fn what_the_hook_prints_helps() {
    let folder = notes(false);
    add_shelves(&folder);
    git_done(folder.path(), &["add", "-A"]);
    let output = snell(folder.path(), &["check", "--staged"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = stderr(&output);
    let command = said
        .split('`')
        .find(|words| words.starts_with("snell baseline create --staged"))
        .expect("a command");
    let (create, stage) = command.split_once(" && ").expect("two commands");
    let words: Vec<&str> = create.split(' ').skip(1).collect();
    let created = snell(folder.path(), &words);
    assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
    let words: Vec<&str> = stage.split(' ').skip(1).collect();
    git_done(folder.path(), &words);
    good(staged(&folder, &[]));
    // Whoever leaves critical ones out is told how to take them in, with the same scope.
    assert!(create.contains("--include critical"), "{create}");
    git_done(folder.path(), &["rm", "-qf", "snell-baseline.json"]);
    let refused = snell(folder.path(), &["baseline", "create", "--staged"]);
    let said = stderr(&refused);
    assert!(
        said.contains("`snell baseline create --staged --include critical`"),
        "{said}"
    );
}
