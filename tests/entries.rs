//! Everything that leads to queries, as `snell facts` shows it: schedules,
//! queues, fields, procedures, route handlers, actions.

mod support;

use serde_json::Value;
use support::door::{snell, stdout, workspace};

const FILES: [(&str, &str); 17] = [
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
        "src/prisma.ts",
        "import { PrismaClient } from '@prisma/client';
export const prisma = new PrismaClient();
",
    ),
    (
        "src/around.ts",
        "import { CallHandler, ExecutionContext, NestInterceptor, PipeTransform } from '@nestjs/common';
import { OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { tap } from 'rxjs/operators';
import { prisma } from './prisma';

export class Counting implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(
      tap({
        next: () => prisma.note.updateMany({ where: { id: 'seen' }, data: {} }),
      }),
    );
  }
}

export class Existing implements PipeTransform {
  transform(id: string) {
    return prisma.note.findFirst({ where: { id } });
  }
}

@WebSocketGateway()
export class Live implements OnGatewayDisconnect {
  async handleDisconnect(client: { id: string }) {
    await prisma.note.deleteMany({ where: { id: client.id } });
  }
}
",
    ),
    (
        "src/work.ts",
        "import { Processor, WorkerHost } from '@nestjs/bullmq';
import { OnModuleInit } from '@nestjs/common';
import { CommandHandler } from '@nestjs/cqrs';
import { OnEvent } from '@nestjs/event-emitter';
import { PassportStrategy } from '@nestjs/passport';
import { Cron } from '@nestjs/schedule';
import { Strategy } from 'passport-jwt';
import { prisma } from './prisma';

export class Nightly implements OnModuleInit {
  @Cron('0 0 * * *')
  async clean() {
    await prisma.note.deleteMany({ where: { id: { startsWith: 'old' } } });
  }

  @OnEvent('user.gone')
  async forget(event: { id: string }) {
    await prisma.note.deleteMany({ where: { userId: event.id } });
  }

  async onModuleInit() {
    await prisma.note.count();
  }
}

@Processor('notes')
export class NotesWorker extends WorkerHost {
  async process(job: { data: { id: string } }) {
    await prisma.note.update({ where: { id: job.data.id }, data: {} });
  }
}

export class ByToken extends PassportStrategy(Strategy) {
  validate(payload: { sub: string }) {
    return prisma.user.findUnique({ where: { id: payload.sub } });
  }
}

@CommandHandler(Object)
export class AddNote {
  execute(command: { id: string }) {
    return prisma.note.create({ data: { id: command.id, userId: command.id } });
  }
}
",
    ),
    (
        "src/note.resolver.ts",
        "import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { prisma } from './prisma';

@Resolver('User')
export class UserResolver {
  @ResolveField()
  notes(@Parent() user: { id: string }) {
    return prisma.note.findMany({ where: { userId: user.id } });
  }
}
",
    ),
    (
        "src/server/note.router.ts",
        "import { initTRPC, TRPCError } from '@trpc/server';
import { prisma } from '../prisma';

const t = initTRPC.create();
const isAuthed = t.middleware(({ ctx, next }) => {
  if (!ctx.user) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return next({ ctx });
});
const protectedProcedure = t.procedure.use(isAuthed);
const isOwner = t.middleware(({ ctx, input, next }) => {
  if (!owns(ctx.user, input)) throw new TRPCError({ code: 'NOT_FOUND' });
  return next({ ctx });
});

export const noteRouter = t.router({
  mine: protectedProcedure.query(({ ctx }) =>
    prisma.note.findMany({ where: { userId: ctx.user.id } }),
  ),
  any: protectedProcedure.input(Object).mutation(({ input }) =>
    prisma.note.delete({ where: { id: input.id } }),
  ),
  owned: protectedProcedure.use(isOwner).mutation(({ input }) =>
    prisma.note.delete({ where: { id: input.id } }),
  ),
});
",
    ),
    (
        "src/app/api/notes/[id]/route.ts",
        "import { withUser } from '@/lib/auth';
import { prisma } from '../../../../prisma';

export const GET = withUser(async ({ params, user }) => {
  return prisma.note.findMany({ where: { id: params.id, userId: user.id } });
});

export async function DELETE(request: Request, { params }: { params: { id: string } }) {
  await prisma.note.delete({ where: { id: params.id } });
}
",
    ),
    (
        "src/app/actions.ts",
        "'use server';
import { prisma } from '../prisma';

export async function rename(id: string) {
  await prisma.note.update({ where: { id }, data: {} });
}

async function inner(id: string) {
  await prisma.note.update({ where: { id }, data: {} });
}
",
    ),
    (
        "src/bus.ts",
        "import { applyDecorators, Controller, Delete, Param, Req } from '@nestjs/common';
import { CommandBus, CommandHandler } from '@nestjs/cqrs';
import { prisma } from './prisma';

const Versioned = (path: string) => applyDecorators(Controller(`v1/${path}`));

export class RemoveNotes {
  constructor(
    readonly id: string,
    readonly userId: string,
  ) {}
}

@CommandHandler(RemoveNotes)
export class RemovesNotes {
  execute(command: RemoveNotes) {
    const { id, userId } = command;
    return prisma.note.deleteMany({ where: { id, userId } });
  }
}

@Versioned('notes')
export class NoteController {
  constructor(private readonly bus: CommandBus) {}

  @Delete(':id')
  remove(@Param('id') id: string, @Req() request: { user: { id: string } }) {
    return this.bus.execute(new RemoveNotes(id, request.user.id));
  }
}
",
    ),
    (
        "src/note.service.ts",
        "import { prisma } from './prisma';

const REMOVES: Record<string, (id: string) => Promise<unknown>> = {
  one: async (id) => prisma.note.delete({ where: { id } }),
  all: async (userId) => prisma.note.deleteMany({ where: { userId } }),
};

export async function remove(kind: string, id: string) {
  return REMOVES[kind](id);
}
",
    ),
    (
        "src/app/api/nightly/route.ts",
        "import { signed } from '../../../signed';
import { remove } from '../../../note.service';

export const POST = signed(async ({ request }) => {
  const { kind, id } = await request.json();
  await remove(kind, id);
});
",
    ),
    (
        "src/signed.ts",
        "export const signed = (handler: Function) => async (request: Request) => {
  if (request.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) {
    return new Response(null, { status: 401 });
  }
  return handler({ request });
};
",
    ),
    (
        "src/app/more.ts",
        "'use server';
import { client } from './client';
import { createJob } from '@company/jobs';
import { prisma } from '../prisma';

export const archive = client.inputSchema(Object).action(async ({ parsedInput, ctx }) => {
  await prisma.note.update({ where: { id: parsedInput.id, userId: ctx.user.id }, data: {} });
});

createJob('sweep', '0 * * * *', async () => {
  await prisma.note.deleteMany({ where: { id: 'old' } });
});
",
    ),
    (
        "src/notes.routes.ts",
        "import { Router } from 'express';
import { NoteService } from './notes';
import { prisma } from './prisma';
import { wrapped } from './wrapped';

const signedIn = async (req: any, res: any, next: () => void) => {
  req.user = await prisma.user.findUnique({ where: { id: req.headers.user } });
  next();
};

export function noteRoutes(notes: NoteService): Router {
  const router = Router();
  router.use(signedIn);
  router.get(
    '/notes',
    wrapped(async (req, res) => res.json(await notes.all(req.user.id))),
  );
  router.delete('/notes/:id', (req, res) => notes.remove(req.params.id));
  return router;
}

export const cache = new Map<string, string>();
cache.get('/notes');
",
    ),
    (
        "src/notes.ts",
        "import { prisma } from './prisma';

export class NoteService {
  all(userId: string) {
    return prisma.note.findMany({ where: { userId } });
  }

  remove(id: string) {
    return prisma.note.delete({ where: { id } });
  }
}
",
    ),
    (
        "src/worker.ts",
        "import { prisma } from './prisma';

async function main() {
  await prisma.note.updateMany({ where: { id: 'old' }, data: {} });
}

main().catch(() => process.exit(1));
",
    ),
];

fn facts(kind: &str) -> Vec<Value> {
    let folder = workspace(&FILES);
    stdout(&snell(folder.path(), &["facts", kind]))
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document"))
        .collect()
}

#[test]
fn every_way_in_is_known_by_name_and_kind() {
    let endpoints: Vec<(String, String)> = facts("endpoints")
        .iter()
        .map(|endpoint| {
            let text = |key: &str| endpoint[key].as_str().unwrap_or_default().to_owned();
            (text("kind"), text("name"))
        })
        .collect();
    let wanted = [
        ("cron", "cron Nightly.clean"),
        ("event", "event Nightly.forget"),
        ("start", "start Nightly.onModuleInit"),
        ("job", "job NotesWorker.process"),
        ("before", "before ByToken.validate"),
        ("before", "before Counting.intercept"),
        ("before", "before Existing.transform"),
        ("event", "event Live.handleDisconnect"),
        ("command", "command AddNote.execute"),
        ("field", "field notes"),
        ("procedure", "query note.mine"),
        ("procedure", "mutation note.any"),
        ("procedure", "mutation note.owned"),
        ("route", "GET /api/notes/:id"),
        ("route", "DELETE /api/notes/:id"),
        ("action", "action rename"),
        ("action", "action archive"),
        ("command", "command RemovesNotes.execute"),
        ("http", "DELETE /v1/notes/:id"),
        ("route", "POST /api/nightly"),
        ("before", "before signed"),
        // Two of them.
        ("before", "before procedures"),
        ("before", "before procedures"),
        ("job", "job sweep"),
        ("route", "GET /notes"),
        ("route", "DELETE /notes/:id"),
        ("before", "before routes"),
        ("start", "start main"),
    ];
    for (kind, name) in wanted {
        let known = endpoints.iter().any(|(k, n)| k == kind && n == name);
        assert!(known, "{kind} {name} is not among {endpoints:#?}");
    }
    assert_eq!(endpoints.len(), wanted.len(), "{endpoints:#?}");
}

#[test]
fn who_is_let_through_is_read_from_the_chain_of_a_procedure() {
    let access = |name: &str| {
        let endpoints = facts("endpoints");
        let found = endpoints.iter().find(|endpoint| endpoint["name"] == name);
        found.expect("known")["access"].clone()
    };
    assert_eq!(access("mutation note.any")["authenticated"], true);
    assert_eq!(
        access("mutation note.any")["unknown"],
        serde_json::json!([])
    );
    assert_eq!(
        access("mutation note.owned")["unknown"],
        serde_json::json!(["isOwner"])
    );
}

#[test]
fn what_runs_by_itself_is_of_the_system() {
    let queries = facts("queries");
    let verdict = |file: &str, operation: &str, nth: usize| {
        let of_file = queries
            .iter()
            .filter(|query| query["file"] == file && query["operation"] == operation);
        let found = of_file.map(|query| query["verdict"].as_str()).nth(nth);
        found.flatten().unwrap_or("none").to_owned()
    };
    assert_eq!(verdict("src/around.ts", "updateMany", 0), "System");
    assert_eq!(verdict("src/around.ts", "findFirst", 0), "System");
    assert_eq!(verdict("src/around.ts", "deleteMany", 0), "System");
    assert_eq!(verdict("src/work.ts", "deleteMany", 0), "System");
    assert_eq!(verdict("src/work.ts", "deleteMany", 1), "System");
    assert_eq!(verdict("src/work.ts", "count", 0), "System");
    assert_eq!(verdict("src/worker.ts", "updateMany", 0), "System");
    assert_eq!(verdict("src/notes.ts", "findMany", 0), "Scoped");
    // Nothing says that who is signed in matters there: no rule speaks, and so it is not decided.
    assert_eq!(verdict("src/notes.ts", "delete", 0), "Unknown");
    assert_eq!(verdict("src/work.ts", "update", 0), "System");
    assert_eq!(
        verdict("src/note.resolver.ts", "findMany", 0),
        "ScopedByParent"
    );
    let router = "src/server/note.router.ts";
    assert_eq!(verdict(router, "findMany", 0), "Scoped");
    assert_eq!(verdict(router, "delete", 0), "ClientKeyOnly");
    let route = "src/app/api/notes/[id]/route.ts";
    assert_eq!(verdict(route, "findMany", 0), "Scoped");
    assert_eq!(verdict(route, "delete", 0), "Public");
    // What comes before an action is not seen, and no rule speaks.
    assert_eq!(verdict("src/app/actions.ts", "update", 0), "Unknown");
    assert_eq!(verdict("src/app/actions.ts", "update", 1), "Unreached");
    let bus = "src/bus.ts";
    assert_eq!(verdict(bus, "deleteMany", 0), "Scoped");
    assert_eq!(verdict("src/note.service.ts", "delete", 0), "System");
    assert_eq!(verdict("src/note.service.ts", "deleteMany", 0), "System");
    assert_eq!(verdict("src/app/more.ts", "update", 0), "Scoped");
    assert_eq!(verdict("src/app/more.ts", "deleteMany", 0), "System");
}
