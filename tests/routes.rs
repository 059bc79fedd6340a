//! Front ends' requests and the endpoints that serve them, as `snell facts routes` shows them.

mod support;

use serde_json::Value;
use support::door::{snell, stdout, workspace};

const FILES: [(&str, &str); 6] = [
    ("package.json", "{\"workspaces\": []}"),
    (
        "prisma/schema.prisma",
        "datasource db {
  provider = \"postgresql\"
}

model Note {
  id   String @id
  text String
}
",
    ),
    (
        "src/main.ts",
        "import { NestFactory } from '@nestjs/core';
import { NoteController } from './note.controller';

export async function bootstrap() {
  const app = await NestFactory.create(NoteController);
  app.setGlobalPrefix('api');
  app.enableVersioning();
}
",
    ),
    (
        "src/note.controller.ts",
        "import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

@Controller('notes')
export class NoteController {
  @Get(':id')
  one(@Param('id') id: string) {
    return prisma.note.findUnique({ where: { id } });
  }

  @Get('recent')
  recent() {
    return prisma.note.findMany();
  }

  @Post()
  create(@Body() body: { id: string; text: string }) {
    return prisma.note.create({ data: body });
  }
}
",
    ),
    (
        "web/client.ts",
        "import axios from 'axios';

export const ROUTES = {
  recent: '/notes/recent',
  note: (id: string) => `/notes/${id}`,
} as const;

export const http = axios.create({ baseURL: process.env.API_URL });

export async function send<T>(path: string, method: string, body?: unknown): Promise<T> {
  const response = await fetch('/api/v1' + path, { method, body: JSON.stringify(body) });
  return response.json();
}
",
    ),
    (
        "web/notes.tsx",
        "import { ROUTES, http, send } from './client';

interface Note {
  id: string;
  text: string;
}

export const recent = () => http.get<Note[]>(ROUTES.recent);
export const note = (id: string) => http.get<Note>(ROUTES.note(id));
export const create = (note: Note) => send<Note>('/notes', 'post', { text: note.text });
export const weather = () => fetch('https://weather.test/v1/today?unit=c');
",
    ),
];

fn lines(folder: &std::path::Path) -> Vec<Value> {
    stdout(&snell(folder, &["facts", "routes"]))
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document on each line"))
        .collect()
}

#[test]
fn requests_lead_to_the_routes_that_serve_them() {
    let folder = workspace(&FILES);
    let found = lines(folder.path());
    let told: Vec<(&str, &str, Option<&str>, Option<&str>)> = found
        .iter()
        .map(|one| {
            (
                one["method"].as_str().unwrap_or_default(),
                one["path"].as_str().unwrap_or_default(),
                one["response"].as_str(),
                one["route"]["handler"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "GET",
                "/notes/recent",
                Some("Note[]"),
                Some("NoteController.recent")
            ),
            ("GET", "/notes/:", Some("Note"), Some("NoteController.one")),
            (
                "POST",
                "/api/v1/notes",
                Some("Note"),
                Some("NoteController.create")
            ),
            ("GET", "/v1/today", None, None),
        ]
    );
    assert!(found.iter().all(|one| one["file"] == "web/notes.tsx"));
    assert_eq!(found[2]["route"]["how"], "path");
    assert_eq!(found[0]["route"]["how"], "base");
    assert_eq!(found[2]["body"], "{ text: note.text }");
}
