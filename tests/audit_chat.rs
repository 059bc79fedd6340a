//! What an audit says of a system in which people write: their words, columns that repeat others,
//! searches by distance, what is slow today though its table goes, and faults whose cure is not one
//! word.

mod support;

use support::door::{snell, stdout, workspace};

const SCHEMA: &str = r#"datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

enum Speaker {
  PERSON
  MACHINE
}

model User {
  id      String    @id
  email   String
  tutors  Tutor[]
  recalls Recall[]
  calls   CallLog[]
}

model Tutor {
  id          Int           @id @default(autoincrement())
  userId      String
  warmth      Float?
  engine      String?
  budget      Int?
  user        User          @relation(fields: [userId], references: [id], onDelete: Cascade)
  settings    TutorSetting[]
  threads     Thread[]
  recalls     Recall[]

  @@index([userId])
}

model TutorSetting {
  tutorId Int
  key     String
  value   Json
  tutor   Tutor  @relation(fields: [tutorId], references: [id], onDelete: Cascade)

  @@id([tutorId, key])
}

model Thread {
  id           Int       @id @default(autoincrement())
  tutorId      Int
  heading      String?
  lineCount    Int       @default(0)
  lastLineAt   DateTime? // Denormalized for the list
  tutor        Tutor     @relation(fields: [tutorId], references: [id], onDelete: Cascade)
  lines        Line[]

  @@index([tutorId])
}

model Line {
  id        Int      @id @default(autoincrement())
  threadId  Int
  speaker   Speaker
  content   String
  createdAt DateTime @default(now())
  thread    Thread   @relation(fields: [threadId], references: [id], onDelete: Cascade)

  @@index([threadId])
}

model Recall {
  id        Int                     @id @default(autoincrement())
  tutorId   Int
  userId    String
  sentence  String
  embedding Unsupported("vector(8)")?
  tutor     Tutor                   @relation(fields: [tutorId], references: [id], onDelete: Cascade)
  user      User                    @relation(fields: [userId], references: [id], onDelete: Cascade)

  @@index([tutorId])
  @@index([userId])
}

model CallLog {
  id           Int      @id @default(autoincrement())
  userId       String?
  requestJson  Json
  tokensIn     Int
  askedTokens  Int
  givenTokens  Int
  totalTokens  Int
  createdAt    DateTime @default(now())
  user         User?    @relation(fields: [userId], references: [id], onDelete: SetNull)

  @@index([userId])
}
"#;

const MIGRATION: &str = r#"CREATE EXTENSION IF NOT EXISTS vector;
CREATE TYPE "Speaker" AS ENUM ('PERSON', 'MACHINE');
CREATE TABLE "User" ("id" TEXT NOT NULL, "email" TEXT NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Pupil" ("id" SERIAL NOT NULL, "userId" TEXT NOT NULL, "warmth" DOUBLE PRECISION, "engine" TEXT, "budget" INTEGER, CONSTRAINT "Tutor_pkey" PRIMARY KEY ("id"));
ALTER TABLE "Pupil" RENAME TO "Tutor";
CREATE TABLE "TutorSetting" ("tutorId" INTEGER NOT NULL, "key" TEXT NOT NULL, "value" JSONB NOT NULL, CONSTRAINT "TutorSetting_pkey" PRIMARY KEY ("tutorId", "key"));
CREATE TABLE "Thread" ("id" SERIAL NOT NULL, "tutorId" INTEGER NOT NULL, "heading" TEXT, "lineCount" INTEGER NOT NULL DEFAULT 0, "lastLineAt" TIMESTAMP(3), CONSTRAINT "Thread_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Line" ("id" SERIAL NOT NULL, "threadId" INTEGER NOT NULL, "speaker" "Speaker" NOT NULL, "content" TEXT NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "Line_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Recall" ("id" SERIAL NOT NULL, "tutorId" INTEGER NOT NULL, "userId" TEXT NOT NULL, "sentence" TEXT NOT NULL, "embedding" vector(8), CONSTRAINT "Recall_pkey" PRIMARY KEY ("id"));
CREATE TABLE "CallLog" ("id" SERIAL NOT NULL, "userId" TEXT, "requestJson" JSONB NOT NULL, "tokensIn" INTEGER NOT NULL, "askedTokens" INTEGER NOT NULL, "givenTokens" INTEGER NOT NULL, "totalTokens" INTEGER NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "CallLog_pkey" PRIMARY KEY ("id"));
CREATE INDEX "Tutor_userId_idx" ON "Tutor"("userId");
CREATE INDEX "Thread_tutorId_idx" ON "Thread"("tutorId");
CREATE INDEX "Line_threadId_idx" ON "Line"("threadId");
CREATE INDEX "Recall_tutorId_idx" ON "Recall"("tutorId");
CREATE INDEX "Recall_userId_idx" ON "Recall"("userId");
CREATE INDEX "CallLog_userId_idx" ON "CallLog"("userId");
ALTER TABLE "Tutor" ADD CONSTRAINT "Tutor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "TutorSetting" ADD CONSTRAINT "TutorSetting_tutorId_fkey" FOREIGN KEY ("tutorId") REFERENCES "Tutor"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Thread" ADD CONSTRAINT "Thread_tutorId_fkey" FOREIGN KEY ("tutorId") REFERENCES "Tutor"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Line" ADD CONSTRAINT "Line_threadId_fkey" FOREIGN KEY ("threadId") REFERENCES "Thread"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Recall" ADD CONSTRAINT "Recall_tutorId_fkey" FOREIGN KEY ("tutorId") REFERENCES "Tutor"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Recall" ADD CONSTRAINT "Recall_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallLog" ADD CONSTRAINT "CallLog_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
"#;

const SERVICE: &str = r#"import { Injectable } from '@nestjs/common';
import { Prisma, PrismaClient } from '@prisma/client';

interface Settings {
  warmth?: number;
  engine?: string;
  budget?: number;
}

@Injectable()
export class TutorService {
  constructor(private readonly prisma: PrismaClient) {}

  async save(tutorId: number, settings: Settings) {
    await this.prisma.tutor.update({
      where: { id: tutorId },
      data: { warmth: settings.warmth, engine: settings.engine, budget: settings.budget },
    });
    for (const [key, value] of Object.entries(settings)) {
      await this.prisma.tutorSetting.upsert({
        where: { tutorId_key: { tutorId, key } },
        create: { tutorId, key, value: value as Prisma.InputJsonValue },
        update: { value: value as Prisma.InputJsonValue },
      });
    }
  }

  async settings(tutorId: number) {
    const tutor = await this.prisma.tutor.findUnique({ where: { id: tutorId } });
    const rows = await this.prisma.tutorSetting.findMany({ where: { tutorId } });
    return { ...tutor, rows };
  }

  async all(userId: string) {
    const tutors = await this.prisma.tutor.findMany({ where: { userId } });
    return Promise.all(tutors.map((tutor) => this.settings(tutor.id)));
  }

  async say(threadId: number, content: string) {
    const data: any = { threadId, speaker: 'ROBOT', content };
    await this.prisma.$transaction([
      this.prisma.line.create({ data }),
      this.prisma.thread.update({ where: { id: threadId }, data: { lastLineAt: new Date(), lineCount: { increment: 1 } } }),
    ]);
  }

  async rename(id: number) {
    const data: any = { subject: 'new', lineCount: '12' };
    await this.prisma.thread.update({ where: { id }, data });
  }

  pupils() {
    const db = this.prisma as any;
    return db.pupil.findMany({ where: { warmth: 1 } });
  }

  near(tutorId: number, userId: string, vector: string) {
    return this.prisma.$queryRaw`
      SELECT id, sentence FROM "Recall"
      WHERE "tutorId" = ${tutorId} AND embedding IS NOT NULL
      ORDER BY embedding <=> ${vector}::vector LIMIT 5`;
  }

  log(userId: string, request: object) {
    return this.prisma.callLog.create({
      data: { userId, requestJson: request, tokensIn: 1, askedTokens: 1, givenTokens: 2, totalTokens: 3 },
    });
  }
}
"#;

const CONTROLLER: &str = r#"import { Body, Controller, Get, Param, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { TutorService } from './tutor.service';

@Controller('tutors')
@UseGuards(AuthGuard('jwt'))
export class TutorController {
  constructor(private readonly tutors: TutorService) {}

  @Get()
  all(@Req() request: { user: { id: string } }) {
    return this.tutors.all(request.user.id);
  }

  @Post('threads/:id/lines')
  say(@Param('id') id: string, @Body('content') content: string) {
    return this.tutors.say(Number(id), content);
  }

  @Post('calls')
  log(@Req() request: { user: { id: string } }, @Body() body: object) {
    return this.tutors.log(request.user.id, body);
  }
}
"#;

fn folder() -> tempfile::TempDir {
    workspace(&[
        (
            "package.json",
            "{\"name\": \"tutors\", \"dependencies\": {\"@prisma/client\": \"5.22.0\", \"prisma\": \"5.22.0\"}}",
        ),
        ("prisma/schema.prisma", SCHEMA),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        (
            "prisma/migrations/20250101000000_init/migration.sql",
            MIGRATION,
        ),
        ("src/tutor.service.ts", SERVICE),
        ("src/tutor.controller.ts", CONTROLLER),
    ])
}

fn document() -> String {
    stdout(&snell(folder().path(), &["audit", "-o", "-"]))
}

/// What stands between a heading and the next one of its level.
fn part<'a>(document: &'a str, heading: &str) -> &'a str {
    let (_, after) = document
        .split_once(&format!("\n{heading}"))
        .unwrap_or_else(|| panic!("no {heading}"));
    after.split_once("\n## ").map_or(after, |(part, _)| part)
}

fn holds(part: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(part.contains(words), "no {words} in {part}");
    }
}

#[test]
fn what_is_slow_today_is_mended_today_though_its_table_goes() {
    let document = document();
    let loop_ = "`tutorSetting.findMany` runs once for each element of `tutors`";
    let kept = part(&document, "## C. Findings without");
    assert!(!kept.contains(loop_), "{kept}");
    holds(part(&document, "### 2.8"), &[loop_]);
    holds(
        kept,
        &["each `Tutor` that the loop goes through has been read already: hand the row on"],
    );
    holds(
        part(&document, "## 8. Refactoring plan"),
        &["(high) | [QRY-"],
    );
}

#[test]
fn a_grave_fault_says_what_to_do_and_is_no_choice() {
    let document = document();
    holds(
        part(&document, "### 2.5"),
        &[
            "enum `Speaker` has no value `ROBOT`",
            "where `ROBOT` is meant to be one, add it to `Speaker` and migrate before the code runs",
            "write the number: `12` without quotes",
            "name the one that is meant, or declare `subject` and migrate before the code runs",
            "the table `Pupil` became `Tutor`: the client calls it `tutor`",
        ],
    );
    let kept = part(&document, "## C. Findings without");
    assert!(!kept.contains("(high)"), "{kept}");
}

#[test]
fn a_search_by_distance_is_weighed() {
    let document = document();
    holds(
        part(&document, "### 4.4 Vector search"),
        &[
            "| `tutorId` | `Recall_tutorId_idx` (`tutorId`) | none | exact, over the rows that the index finds |",
        ],
    );
    holds(
        part(&document, "### 6.3 Vector search at scale"),
        &[
            "exact search is right while one `tutorId` has few rows with a vector",
            "`SET LOCAL hnsw.iterative_scan = strict_order`",
        ],
    );
    holds(
        part(&document, "## 8. Refactoring plan"),
        &[
            "First count what one search compares: while nothing comes back",
            "GROUP BY \"tutorId\" HAVING count(*) > 10000",
            "USING hnsw (embedding vector_cosine_ops)",
        ],
    );
}

#[test]
fn the_words_of_people_are_personal_data() {
    let document = document();
    holds(
        part(&document, "### 7.4 Secrets and personal data"),
        &[
            "| `Line` | `content` | plain |",
            "| `Recall` | `sentence` | plain |",
            "| `CallLog` | `requestJson` | plain | for ever: nothing that was seen removes them | they stay, without the key of the `User`: what was written outlives who wrote it |",
        ],
    );
}

#[test]
fn columns_that_repeat_others_are_told_with_what_keeps_them_right() {
    let document = document();
    let section = part(&document, "### 3.2 Normalization");
    let (section, _) = section.split_once("\n### ").expect("a next part");
    holds(
        section,
        &[
            "the schema says: “Denormalized for the list”",
            "by its name it counts its `lines`",
            "by their names `askedTokens` and `givenTokens` add up to it",
            "Types and keys that may well be meant so",
        ],
    );
    assert!(!section.contains("32-bit"), "{section}");
}

#[test]
fn every_point_leads_to_a_part_that_is_there() {
    let document = document();
    let points = part(&document, "## D. The points of the audit");
    assert!(!points.contains("table:") && !points.contains("see the table"));
    let shown = points.matches("shown in [").count();
    assert!(shown > 10, "{shown}");
    let rows = points.lines().filter(|line| line.starts_with("| "));
    for row in rows.skip(1) {
        let cells: Vec<&str> = row.split(" | ").collect();
        assert!(cells.len() >= 4 && !cells[3].trim().is_empty(), "{row}");
        for (at, _) in row.match_indices("](#") {
            let target = row[at + 3..].split(')').next().unwrap_or_default();
            let there = document.contains(&format!("<a id=\"{target}\"></a>"))
                || document.lines().any(|line| {
                    line.starts_with('#')
                        && line
                            .trim_start_matches(['#', ' '])
                            .to_lowercase()
                            .replace(' ', "-")
                            .replace(['.', ',', '(', ')'], "")
                            == target
                });
            assert!(there, "{target}");
        }
    }
}

#[test]
fn the_page_has_the_parts_of_the_document_under_its_addresses() {
    let folder = folder();
    let page = stdout(&snell(
        folder.path(),
        &["audit", "--format", "html", "-o", "-"],
    ));
    for id in [
        "32-normalization",
        "34-constraints",
        "42-missing-indexes",
        "44-vector-search",
        "52-enums-and-closed-sets-of-values",
        "53-dtos-response-types-and-front-ends",
        "54-the-life-of-fields",
        "documentation-coverage",
        "71-isolation-matrix",
        "74-secrets-and-personal-data",
        "8-refactoring-plan",
        "d-the-points-of-the-audit",
        "e-questions-for-a-person",
    ] {
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
    holds(
        &page,
        &[
            "Denormalized for the list",
            "What people write",
            "Reversible",
            "Locks told",
            ">print</button>",
            "effort S",
        ],
    );
}
