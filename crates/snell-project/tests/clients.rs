//! Every way in which real code reaches a Prisma client, and what only looks like one.
//!
//! A trailing `//> User.findMany` says which call the line is bound to: `*` for
//! a model that only a run can tell, `-` for the client's own methods. Lines
//! without one must not be calls.

use std::{collections::BTreeMap, sync::Arc};

use snell_extract::{Dialect, extract};
use snell_project::{
    client::{CallTarget, ClientCalls},
    module::{Listing, Modules, Resolver},
    schema::{Reason, Schema, Schemas},
};
use snell_source::{SourceFile, Sources};

const SCHEMA: &str = r#"
datasource db { provider = "postgresql" }
model User { id Int @id }
model Post { id Int @id }
model Model { id Int @id }
model Service { id Int @id }
"#;

const SERVICE: &str = "
import { PrismaClient } from '@prisma/client';
export class PrismaService extends PrismaClient {
  get reader() { return this; }
}
";

fn schemas() -> Schemas {
    let parse = snell_prisma::parse(&SCHEMA.replace(" { ", " {\n").replace(" }", "\n}"));
    let (datamodel, errors) = snell_prisma::lower(&[(0, &parse)]);
    assert!(errors.is_empty(), "{errors:?}");
    Schemas::new(vec![Schema {
        path: "prisma/schema.prisma".into(),
        files: Vec::new(),
        datamodel,
        migrations: None,
        history: None,
        removed: Vec::new(),
        typed: Vec::new(),
        outputs: vec!["src/generated/prisma".into()],
        reason: Reason::Found,
        variants: Vec::new(),
    }])
}

/// Checks the calls of `src/main.ts` and of further files against their markers.
#[track_caller]
fn check(main: &str, others: &[(&str, &str)]) {
    let mut files: BTreeMap<&str, &str> = others.iter().copied().collect();
    files.insert("src/prisma.service.ts", SERVICE);
    files.insert("src/main.ts", main);
    let mut listing = Listing::default();
    for path in files.keys() {
        listing.add_file(path);
    }
    let mut sources = Sources::default();
    let parsed = files.iter().map(|(path, text)| {
        let facts = extract(text, Dialect::TypeScript);
        assert!(facts.errors.is_empty(), "{path}: {:?}", facts.errors);
        let file = SourceFile::new(*path, *text);
        ((*path).into(), sources.add(file), Arc::new(facts))
    });
    let parsed = parsed.collect();
    let modules = Modules::link(parsed, &Resolver::new(listing));
    let schemas = schemas();
    let calls = ClientCalls::bind(&modules, &schemas);
    let mut found: BTreeMap<(String, u32), Vec<String>> = BTreeMap::new();
    for (_, call) in calls.iter() {
        let module = modules.get(call.module);
        let file = sources.file(module.file);
        let model = match &call.target {
            CallTarget::Models(models) => {
                let names = models
                    .iter()
                    .map(|model| schemas.model(*model).name.as_str());
                names.collect::<Vec<_>>().join("|")
            }
            CallTarget::AnyModel => "*".to_owned(),
            CallTarget::UnknownModel(name) => format!("?{}", name.text),
            CallTarget::Client => "-".to_owned(),
        };
        let line = file.position(call.name.span.start).line;
        let key = (module.path.to_string(), line);
        let entry = format!("{model}.{}", call.operation.as_str());
        found.entry(key).or_default().push(entry);
    }
    let mut expected: BTreeMap<(String, u32), Vec<String>> = BTreeMap::new();
    for (path, text) in &files {
        for (line, n) in text.lines().zip(1u32..) {
            if let Some((_, marker)) = line.split_once("//> ") {
                let marks = marker.split(", ").map(str::to_owned).collect();
                expected.insert(((*path).to_owned(), n), marks);
            }
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn injected_services() {
    check(
        "
import { PrismaService } from './prisma.service';
import type { PrismaClient } from '@prisma/client';
class A {
  constructor(private readonly prisma: PrismaService, private readonly _db: PrismaClient) {}
  async run() {
    await this.prisma.user.findMany(); //> User.findMany
    await this._db.post.delete({ where: { id: 1 } }); //> Post.delete
    return this.prisma.user
      .findUnique({ where: { id: 1 } }) //> User.findUnique
      .posts();
  }
}
class B {
  #prisma: PrismaService;
  run() {
    return this.#prisma.user['count'](); //> User.count
  }
}
class C extends A {}
",
        &[],
    );
}

#[test]
fn a_class_that_is_the_client() {
    check(
        "
import { PrismaClient } from '@prisma/client';
class Client extends PrismaClient {
  all() {
    return this.user.findMany(); //> User.findMany
  }
}
",
        &[],
    );
}

#[test]
fn properties_and_getters_that_lead_to_a_client() {
    check(
        "
import { PrismaService } from './prisma.service';
class Database {
  readonly admin = new PrismaService();
  private readonly prisma: PrismaService;
  get client() { return this.prisma; }
}
class A {
  constructor(private readonly services: { prisma: PrismaService }, private readonly database: Database) {}
  private get own() { return this.database.client; }
  run() {
    this.services.prisma.user.count(); //> User.count
    this.database.admin.post.count(); //> Post.count
    this.own.user.create({ data: {} }); //> User.create
  }
}
",
        &[],
    );
}

#[test]
fn a_repository_that_holds_delegates() {
    check(
        "
import { PrismaService } from './prisma.service';
class PrismaRepository<T extends keyof PrismaService> {
  public model: Pick<PrismaService, T>;
  constructor(private readonly prisma: PrismaService) { this.model = this.prisma; }
}
class Users {
  constructor(private readonly _users: PrismaRepository<'user'>) {}
  all() {
    return this._users.model.user.findMany(); //> User.findMany
  }
}
",
        &[],
    );
}

#[test]
fn singletons_and_module_constants() {
    check(
        "
import { prisma } from './db';
import replica, { dbWrite } from './clients';
prisma.user.findMany(); //> User.findMany
dbWrite.post.createMany({ data: [] }); //> Post.createMany
replica.post.count(); //> Post.count
",
        &[
            (
                "src/db.ts",
                "
import { PrismaClient } from '@prisma/client';
declare const globalThis: any;
export const prisma: PrismaClient = globalThis.prisma ?? new PrismaClient();
",
            ),
            (
                "src/clients.ts",
                "
import { PrismaClient } from './generated/prisma/client';
export const dbWrite = new PrismaClient();
const dbRead = new PrismaClient();
export default dbRead;
dbRead.user.count(); //> User.count
",
            ),
        ],
    );
}

#[test]
fn transactions_and_wrappers_hand_over_a_client() {
    check(
        "
import { PrismaService } from './prisma.service';
import type { Prisma } from '@prisma/client';
class A {
  constructor(private readonly prisma: PrismaService) {}
  async run() {
    await this.prisma.$transaction(async (tx) => { //> -.$transaction
      await tx.user.update({ where: { id: 1 }, data: {} }); //> User.update
    });
    await this.prisma.$transaction(async (prisma) => { //> -.$transaction
      await prisma.post.count(); //> Post.count
    });
    await this.prisma.$transaction([ //> -.$transaction
      this.prisma.user.deleteMany(), //> User.deleteMany
    ]);
    await this.within(async (client) => client.user.count()); //> User.count
    await this.for(1, ({ tx }) => tx.post.count()); //> Post.count
  }
  within<T>(work: (client: Prisma.TransactionClient) => Promise<T>) {
    return this.prisma.$transaction(work); //> -.$transaction
  }
  for<T>(id: number, work: (context: { tx: Prisma.TransactionClient }) => Promise<T>) {
    return this.prisma.$transaction((tx) => work({ tx })); //> -.$transaction
  }
}
",
        &[],
    );
}

#[test]
fn parameters() {
    check(
        "
import type { Prisma, PrismaClient } from '@prisma/client';
type Tx = Omit<PrismaClient, '$connect'> | Prisma.TransactionClient;
function a(p: PrismaClient) { return p.user.count(); } //> User.count
function b({ tx }: { tx: Prisma.TransactionClient }) { return tx.user.count(); } //> User.count
function c(ctx: { prisma: PrismaClient }) { return ctx.prisma.user.count(); } //> User.count
const d = (admin: Tx) => admin.post.findFirst(); //> Post.findFirst
function e(tx: any) { return tx.post.upsert({}); } //> Post.upsert
function f(tx: Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]) {
  return tx.user.count(); //> User.count
}
",
        &[],
    );
}

#[test]
fn one_of_two_clients() {
    check(
        "
import { PrismaService } from './prisma.service';
import type { Prisma } from '@prisma/client';
class A {
  constructor(private readonly prisma: PrismaService) {}
  run(tx?: Prisma.TransactionClient, options?: { tx?: Prisma.TransactionClient }) {
    (tx || this.prisma).user.count(); //> User.count
    (tx ? tx : this.prisma).user.count(); //> User.count
    const client = options?.tx ?? this.prisma;
    return client.post.count(); //> Post.count
  }
  withDefault(tx: Prisma.TransactionClient = this.prisma) {
    return tx.user.count(); //> User.count
  }
}
",
        &[],
    );
}

#[test]
fn local_names() {
    check(
        "
import { PrismaClient } from '@prisma/client';
import { PrismaService } from './prisma.service';
declare const app: { get<T>(token: any): T };
function connect() { return new PrismaClient(); }
async function connected() { return connect(); }
async function run() {
  const a = new PrismaClient();
  a.user.count(); //> User.count
  const b = a;
  b.user.count(); //> User.count
  const c = connect();
  c.post.count(); //> Post.count
  const d = await connected();
  d.post.count(); //> Post.count
  const e = app.get(PrismaService);
  e.user.count(); //> User.count
  const { user, post: posts } = a;
  user.count(); //> User.count
  posts.findMany(); //> Post.findMany
  const delegate = a.user;
  delegate.aggregate({}); //> User.aggregate
}
",
        &[],
    );
}

#[test]
fn calls_that_give_a_client() {
    check(
        "
import { PrismaService } from './prisma.service';
class A {
  constructor(private readonly prismaService: PrismaService) {}
  private txClient() { return this.prismaService; }
  run() {
    this.txClient().user.create({ data: {} }); //> User.create
    this.prismaService.$extends({}).post.count(); //> Post.count
    this.prismaService.reader.user.count(); //> User.count
  }
}
",
        &[],
    );
}

#[test]
fn models_that_a_run_tells() {
    check(
        "
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
function a(model: string) { return (prisma as any)[model].findMany(); } //> *.findMany
function b(model: 'user' | 'post') { return prisma[model].count(); } //> User|Post.count
prisma['user'].count(); //> User.count
",
        &[],
    );
}

#[test]
fn raw_queries() {
    check(
        "
import { Prisma, PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
prisma.$queryRaw<{ id: number }[]>`SELECT 1`; //> -.$queryRaw
prisma.$executeRaw(Prisma.sql`SELECT 1`); //> -.$executeRaw
prisma.$queryRawUnsafe('SELECT $1', 1); //> -.$queryRawUnsafe
(prisma as any).$executeRawUnsafe('SELECT 1'); //> -.$executeRawUnsafe
",
        &[],
    );
}

#[test]
fn a_delegate_that_no_model_has() {
    check(
        "
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
prisma.review.createMany({ data: [] }); //> ?review.createMany
",
        &[],
    );
}

/// A model may be called `Model` or `Service`, as fields and ways to clients are.
#[test]
fn names_of_models_that_mean_something_else() {
    check(
        "
import { PrismaService } from './prisma.service';
class Helper {
  createMany(rows: number[]) { return rows; }
}
class A {
  constructor(private readonly service: Helper, private readonly prisma: PrismaService) {}
  run() {
    this.service.createMany([]);
    this.prisma.service.createMany({ data: [] }); //> Service.createMany
    this.prisma.model.count(); //> Model.count
  }
}
",
        &[],
    );
}

#[test]
fn look_alikes() {
    check(
        "
import axios from 'axios';
import { PrismaService } from './prisma.service';
class UserRepository {
  constructor(private readonly prisma: PrismaService) {}
  createMany(data: object[]) { return this.prisma.user.createMany({ data }); } //> User.createMany
  upsert(id: number) { return id; }
}
class A {
  private readonly seen = new Map<number, string>();
  private readonly user = new Set<number>();
  constructor(private readonly userRepository: UserRepository) {}
  run(post: Map<number, number>) {
    this.seen.delete(1);
    this.user.delete(1);
    post.delete(1);
    axios.delete('/users/1');
    this.userRepository.createMany([]);
    this.userRepository.upsert(1);
  }
}
",
        &[],
    );
}
