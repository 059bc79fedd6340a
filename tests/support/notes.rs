//! A small application of notes under git, and endpoints that may be added to it: they reach everybody's notes.

use std::fs;

use tempfile::TempDir;

use super::door::{git_done, workspace};

pub(crate) const SCHEMA: &str = "generator client {
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

pub(crate) const INIT: &str = "CREATE TABLE \"User\" (\"id\" TEXT NOT NULL, \"email\" TEXT NOT NULL, \"password_hash\" TEXT NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));
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
pub(crate) const CARELESS: &str = "import { Injectable } from '@nestjs/common';
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

pub(crate) const SHELVES: &str = "import { Controller, Delete, Get, Param } from '@nestjs/common';
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
pub(crate) fn notes(careless: bool) -> TempDir {
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
pub(crate) fn add_shelves(folder: &TempDir) {
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

pub(crate) fn commit(folder: &TempDir, message: &str) {
    git_done(folder.path(), &["add", "-A"]);
    git_done(folder.path(), &["commit", "-qm", message]);
}

pub(crate) fn edit(folder: &TempDir, path: &str, from: &str, to: &str) {
    let path = folder.path().join(path);
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{}", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
}
