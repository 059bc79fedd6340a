//! `snell trace` at the door: an endpoint as a tree, all of them as a table.

mod support;

use support::door::{snell, stderr, stdout, workspace};

const FILES: [(&str, &str); 4] = [
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
  tags   Tag[]
}

model Tag {
  id     String @id
  noteId String
  note   Note   @relation(fields: [noteId], references: [id])
}
",
    ),
    (
        "src/note.service.ts",
        "import { Injectable } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Injectable()
export class NoteService {
  constructor(private readonly prisma: PrismaService) {}

  async list(userId: string) {
    const notes = await this.prisma.note.findMany({ where: { userId }, take: 20 });
    for (const note of notes) {
      await this.prisma.tag.count({ where: { noteId: note.id } });
      await fetch('https://example.com');
    }
    return notes;
  }

  async rename(id: string, text: string) {
    return this.prisma.note.update({ where: { id }, data: { id: text } });
  }
}
",
    ),
    (
        "src/note.controller.ts",
        "import { Body, Controller, Get, Param, Put, UseGuards } from '@nestjs/common';
import { CurrentUser } from './current-user';
import { NoteService } from './note.service';
import { SignedIn } from './signed-in.guard';

@UseGuards(SignedIn)
@Controller('notes')
export class NoteController {
  constructor(private readonly notes: NoteService) {}

  @Get()
  list(@CurrentUser() user: { id: string }) {
    return this.notes.list(user.id);
  }

  @Put(':id')
  rename(@Param('id') id: string, @Body() body: { text: string }) {
    return this.notes.rename(id, body.text);
  }
}
",
    ),
];

const MORE: [(&str, &str); 3] = [
    (
        "src/prisma.service.ts",
        "import { PrismaClient } from '@prisma/client';
export class PrismaService extends PrismaClient {}
",
    ),
    (
        "src/current-user.ts",
        "import { createParamDecorator, ExecutionContext } from '@nestjs/common';
export const CurrentUser = createParamDecorator((_, context: ExecutionContext) => {
  return context.switchToHttp().getRequest().user;
});
",
    ),
    (
        "src/signed-in.guard.ts",
        "import { CanActivate, ExecutionContext, UnauthorizedException } from '@nestjs/common';
export class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest();
    request.user = verify(request.headers.authorization);
    if (!request.user) throw new UnauthorizedException();
    return true;
  }
}
",
    ),
];

fn trace(arguments: &[&str]) -> (String, String, Option<i32>) {
    let files: Vec<(&str, &str)> = FILES.into_iter().chain(MORE).collect();
    let folder = workspace(&files);
    let arguments: Vec<&str> = ["trace"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    let output = snell(folder.path(), &arguments);
    (stdout(&output), stderr(&output), output.status.code())
}

#[test]
fn an_endpoint_is_a_tree() {
    let (shown, said, code) = trace(&["GET /notes"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        shown,
        "GET /notes  src/note.controller.ts:11
  access    everyone who is signed in
  identity  user: { id: string }
  client    nothing
  queries   1 + 1 x notes

NoteController.list
`-- NoteService.list  note.controller.ts:13
    |-- Note.findMany  Scoped: who asks is a part of the condition                  note.service.ts:9
    `-- for each of notes  note.service.ts:10
        |-- Tag.count  ScopedByParent: its key is of a row that was found in scope  note.service.ts:11
        `-- asks fetch  note.service.ts:12
"
    );
}

#[test]
fn a_line_shows_the_ways_that_pass_it() {
    let (shown, said, code) = trace(&["src/note.service.ts:18"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(shown.starts_with("PUT /notes/:id"), "{shown}");
    assert!(shown.contains("ClientKeyOnly"), "{shown}");
    assert!(!shown.contains("GET /notes "), "{shown}");
}

#[test]
fn all_endpoints_are_a_table_worst_first() {
    let (shown, _, _) = trace(&["--all"]);
    let rows: Vec<&str> = shown.lines().collect();
    assert!(
        rows[1].starts_with("1 + 1 x notes") && rows[1].contains("GET /notes"),
        "{shown}"
    );
    assert!(
        rows[2].contains("open") && rows[2].contains("PUT /notes/:id"),
        "{shown}"
    );
}

#[test]
fn json_is_one_document_on_each_line() {
    let (shown, _, _) = trace(&["--all", "--format", "json"]);
    let documents: Vec<serde_json::Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let names: Vec<&str> = documents
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["GET /notes", "PUT /notes/:id"]);
    assert_eq!(documents[1]["steps"][0]["step"], "call");
    assert_eq!(documents[1]["steps"][0]["steps"][0]["standing"], "open");
}

#[test]
fn a_name_that_nothing_bears_is_refused_with_the_nearest() {
    let (shown, said, code) = trace(&["GET /note"]);
    assert_eq!(code, Some(0), "a part of a name is enough: {shown}{said}");
    let (_, said, code) = trace(&["GET /nodes"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("did you mean `GET /notes`?"), "{said}");
}
