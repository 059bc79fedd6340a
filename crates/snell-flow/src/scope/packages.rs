//! Calls that are not followed: which of them may say whose a row is.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId};
use snell_project::{
    Project,
    module::{ExpressionRef, In, Symbol},
    types::{Type, Types},
};

/// Methods that report, and decide nothing.
const HARMLESS: [&str; 24] = [
    "log",
    "debug",
    "warn",
    "error",
    "info",
    "verbose",
    "trace",
    "emit",
    "track",
    "capture",
    "identify",
    "increment",
    "observe",
    "addBreadcrumb",
    "captureException",
    "captureMessage",
    "setTag",
    "setUser",
    "json",
    "status",
    "send",
    "setHeader",
    "cookie",
    "assign",
];

/// Words in the names of packages whose answer may say whose a row is: those
/// that sign in or decide, and those that ask another server.
const MAY_DECIDE: [&str; 28] = [
    "auth", "clerk", "casbin", "casl", "fga", "permit", "oso", "cerbos", "keycloak", "supabase",
    "firebase", "workos", "kinde", "stytch", "descope", "cognito", "passport", "jwt", "jose",
    "zenstack", "prisma", "nestjs", "axios", "got", "fetch", "undici", "http", "rxjs",
];

/// Words in the names of packages that ask a database: their answer may say whose a row is as well.
const ASK_ROWS: [&str; 15] = [
    "knex",
    "typeorm",
    "sequelize",
    "kysely",
    "drizzle",
    "mongo",
    "slonik",
    "postgres",
    "mysql",
    "sqlite",
    "mikro-orm",
    "objection",
    "elastic",
    "neo4j",
    "dynamo",
];

/// Methods by which work, news and letters are handed on; nobody waits for what is decided there.
const HANDS_ON: [&str; 13] = [
    "publish",
    "emitAsync",
    "sendMail",
    "sendEmail",
    "sign",
    "signAsync",
    "signalWithStart",
    "startSpan",
    "setAttributes",
    "addJob",
    "enqueue",
    "write",
    "invalidate",
];

/// Methods of texts and lists, which ask nobody.
const OF_TEXTS: [&str; 16] = [
    "startsWith",
    "endsWith",
    "indexOf",
    "lastIndexOf",
    "split",
    "slice",
    "splice",
    "trim",
    "padStart",
    "toLowerCase",
    "toUpperCase",
    "replace",
    "replaceAll",
    "push",
    "concat",
    "join",
];

/// Functions of JavaScript itself that ask nobody, and names of functions that are called when work is done.
const ASKS_NOBODY: [&str; 17] = [
    "isNaN",
    "isFinite",
    "Number",
    "String",
    "Boolean",
    "BigInt",
    "parseInt",
    "parseFloat",
    "setTimeout",
    "setImmediate",
    "encodeURIComponent",
    "decodeURIComponent",
    "structuredClone",
    "resolve",
    "reject",
    "cb",
    "done",
];

/// Whether a package neither signs in nor decides who may do what, nor asks another server or a database.
fn is_idle_package(specifier: &str) -> bool {
    let lower = specifier.to_ascii_lowercase();
    let words = MAY_DECIDE.iter().chain(&ASK_ROWS);
    // `pg`, `pg-promise`
    !words.into_iter().any(|word| lower.contains(word))
        && lower.split(['/', '-', '@']).all(|part| part != "pg")
}

/// Whether a call goes to a package that cannot know whose a row is: it
/// neither signs in nor decides who may do what, nor asks another server.
pub(super) fn knows_no_rows(project: &Project, at: ExpressionRef) -> bool {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    // `this.openai.chat.completions.create()`: by the first part that has a type.
    let types = Types::new(&project.modules);
    let mut part = *callee;
    loop {
        part = match facts.expression(part) {
            Expression::Member { object, .. } => *object,
            Expression::Call { callee, .. } => *callee,
            _ => return false,
        };
        let of = types.of(In {
            module: at.module,
            id: part,
        });
        match of {
            Type::External(specifier, _) => {
                return is_idle_package(&specifier);
            }
            Type::Unknown | Type::Function(_) => {}
            _ => return false,
        }
    }
}

/// Whether a call reports something, and decides nothing.
pub(super) fn reports(project: &Project, at: ExpressionRef) -> bool {
    match called(project, at) {
        // `new Date(...)` and tagged text decide nothing.
        Called::NoFunction => true,
        Called::Function(..) => false,
        Called::Method(receiver, method) => {
            HARMLESS.contains(&method)
                || ["logger", "console", "metrics", "analytics"]
                    .iter()
                    .any(|word| receiver.contains(word))
        }
    }
}

/// Whether a call hands something on or reckons something, and asks nobody whose a row is.
pub(crate) fn asks_nobody(project: &Project, at: ExpressionRef) -> bool {
    match called(project, at) {
        Called::NoFunction => true,
        Called::Function(name, Some(specifier)) => {
            is_idle_package(&specifier) && !name.starts_with("assert")
        }
        Called::Function(name, None) => ASKS_NOBODY.contains(&name),
        Called::Method(receiver, method) => {
            let is = |words: &[&str]| words.iter().any(|word| receiver.contains(word));
            let hands_on = is(&["queue", "producer", "mailer"])
                && matches!(method, "add" | "addBulk" | "send");
            HANDS_ON.contains(&method)
                || OF_TEXTS.contains(&method)
                || knows_no_rows(project, at)
                || is(&["redis", "cache"])
                || hands_on
        }
    }
}

/// What a call calls, as it is written.
enum Called<'p> {
    /// A function, and the package that it comes from.
    Function(&'p str, Option<SmolStr>),
    /// The last name of what it is called on, in lower case, and the method.
    Method(String, &'p str),
    /// Something that is not called by a name.
    NoFunction,
}

fn called(project: &Project, at: ExpressionRef) -> Called<'_> {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return Called::NoFunction;
    };
    let named = |id: ExpressionId| match facts.expression(id) {
        Expression::Identifier { name, .. } => name.to_ascii_lowercase(),
        Expression::Member { property, .. } => property.text.to_ascii_lowercase(),
        _ => String::new(),
    };
    match facts.expression(*callee) {
        Expression::Member {
            object, property, ..
        } => {
            let receiver = match facts.expression(*object) {
                // `getQueue().add(...)`
                Expression::Call { callee, .. } => named(*callee),
                _ => named(*object),
            };
            Called::Method(receiver, &property.text)
        }
        Expression::Identifier { name, binding } => {
            let symbol = binding.map(|binding| project.modules.binding(at.module, binding));
            let package = match symbol {
                Some(Symbol::External { specifier, .. }) => Some(specifier),
                _ => None,
            };
            Called::Function(name, package)
        }
        _ => Called::Function("", None),
    }
}
