//! Which expressions are landmarks.

use snell_extract::facts::SiteKind;
use snell_extract::{Dialect, extract};

/// Kind, operation and receiver of each site.
fn sites(text: &str) -> Vec<(SiteKind, String, String)> {
    let facts = extract(text, Dialect::TypeScript);
    facts
        .sites
        .iter()
        .map(|site| {
            let receiver = site.receiver.map_or("", |id| facts.span(id).text(text));
            assert_eq!(site.operation.span.text(text), site.operation.text);
            (
                site.kind,
                site.operation.text.to_string(),
                receiver.to_owned(),
            )
        })
        .collect()
}

#[track_caller]
fn one(text: &str, kind: SiteKind, operation: &str, receiver: &str) {
    assert_eq!(
        sites(text),
        [(kind, operation.to_owned(), receiver.to_owned())],
        "{text}"
    );
}

#[test]
fn operations_in_every_form() {
    let operation = |text| one(text, SiteKind::ModelOperation, "findMany", "db.user");
    operation("db.user.findMany()");
    operation("db.user\n  .findMany({ where: {} })");
    operation("db.user. /* all */ findMany()");
    operation("db.user?.findMany()");
    operation("db.user.findMany?.()");
    operation("db.user.findMany<T>({})");
    operation("await db.user.findMany<{ a: 1 }>({})");
    operation("db.user['findMany']()");
    operation("db.user[\"findMany\"]()");
    one(
        "super.create(a)",
        SiteKind::ModelOperation,
        "create",
        "super",
    );
    one(
        "(tx || this.db).a.count()",
        SiteKind::ModelOperation,
        "count",
        "(tx || this.db).a",
    );
}

#[test]
fn what_is_no_call_is_no_site() {
    assert!(sites("const f = db.user.findMany; g(db.user.findMany)").is_empty());
    assert!(sites("// db.user.findMany()\nconst s = 'db.user.findMany()'").is_empty());
    assert!(sites("findMany(); db.user.findManyOthers(); path.join(a); new Date()").is_empty());
    assert!(sites("const { findMany } = a; x = { count: 1, delete: 2 }").is_empty());
}

#[test]
fn nested_operations_are_all_found() {
    let found =
        sites("db.$transaction(async (tx) => { await tx.a.create({ data: await tx.b.count() }) })");
    let operations: Vec<_> = found.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(operations, ["$transaction", "create", "count"]);
}

#[test]
fn raw_queries_and_fragments() {
    one(
        "db.$queryRaw`SELECT 1`",
        SiteKind::RawQuery,
        "$queryRaw",
        "db",
    );
    one(
        "await db.$queryRaw<A[]>`SELECT 1`",
        SiteKind::RawQuery,
        "$queryRaw",
        "db",
    );
    one(
        "db.$executeRawUnsafe(`x`, 1)",
        SiteKind::RawQuery,
        "$executeRawUnsafe",
        "db",
    );
    one("Prisma.sql`a`", SiteKind::SqlFragment, "sql", "Prisma");
    one("x = sql`a`", SiteKind::SqlFragment, "sql", "");
    one(
        "x = Prisma.join(a, ',')",
        SiteKind::SqlFragment,
        "join",
        "Prisma",
    );
    one(
        "x = a ? b : Prisma.empty",
        SiteKind::SqlFragment,
        "empty",
        "Prisma",
    );
}

#[test]
fn clients_decorators_and_schemas() {
    one(
        "new PrismaClient({})",
        SiteKind::ClientConstruction,
        "PrismaClient",
        "",
    );
    one(
        "new db.ReadPrisma()",
        SiteKind::ClientConstruction,
        "ReadPrisma",
        "db",
    );
    one("x.$extends({})", SiteKind::Extension, "$extends", "x");
    one(
        "const U = createParamDecorator((d, c) => c)",
        SiteKind::ParamDecorator,
        "createParamDecorator",
        "",
    );
    one(
        "z.object({ a: z.string() }).array()",
        SiteKind::ValidationSchema,
        "object",
        "z",
    );
    one(
        "z.nativeEnum(Role)",
        SiteKind::ValidationSchema,
        "nativeEnum",
        "z",
    );
}
