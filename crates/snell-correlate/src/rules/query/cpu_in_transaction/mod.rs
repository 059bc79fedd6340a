//! Work that takes the processor's time while a transaction is open.

use snell_flow::foreign_call;
use snell_project::{module::ExpressionRef, types::Types};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    repeated,
    transactions::{self, Inside, What},
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/cpu-in-transaction",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A transaction stays open while something expensive is computed",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

/// Packages, and those of their functions that compute for long on purpose or by nature.
const COSTLY: [(&str, &[&str]); 14] = [
    ("bcrypt", &["hash", "hashSync", "compare", "compareSync"]),
    ("bcryptjs", &["hash", "hashSync", "compare", "compareSync"]),
    (
        "@node-rs/bcrypt",
        &["hash", "hashSync", "verify", "verifySync", "compare"],
    ),
    ("argon2", &["hash", "verify"]),
    (
        "@node-rs/argon2",
        &["hash", "hashSync", "verify", "verifySync"],
    ),
    ("scrypt-js", &["scrypt", "syncScrypt"]),
    ("crypto", CRYPTO),
    ("node:crypto", CRYPTO),
    ("zlib", ZLIB),
    ("node:zlib", ZLIB),
    ("sharp", &["toBuffer", "toFile"]),
    ("jimp", &["read", "getBuffer", "getBufferAsync"]),
    ("xlsx", &["read", "readFile", "write", "writeFile"]),
    ("exceljs", &["writeBuffer", "load"]),
];

const CRYPTO: &[&str] = &[
    "scrypt",
    "scryptSync",
    "pbkdf2",
    "pbkdf2Sync",
    "generateKeyPair",
    "generateKeyPairSync",
];

const ZLIB: &[&str] = &[
    "gzipSync",
    "gunzipSync",
    "deflateSync",
    "brotliCompressSync",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let types = Types::new(&context.project.modules);
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        let mut told = Vec::new();
        for inside in transactions::inside(context, summary) {
            let What::Unfollowed(at) = inside.what else {
                continue;
            };
            let Some((package, name)) = costly(context, &types, at) else {
                continue;
            };
            let module = context.project.modules.get(at.module);
            let key = (
                inside.transaction,
                inside.chain.first().copied().unwrap_or(at),
            );
            if !module.context.is_discarded(at.id) && !told.contains(&key) {
                told.push(key);
                found.push(finding(context, at, (package, &name), &inside));
            }
        }
    }
    found
}

/// The package and the function of it that a call runs, when that takes long.
fn costly(
    context: &Context<'_>,
    types: &Types<'_>,
    at: ExpressionRef,
) -> Option<(&'static str, String)> {
    let (package, name) = foreign_call(context.project, types, at)?;
    let (package, names) = COSTLY.iter().find(|(known, _)| *known == package)?;
    names.contains(&name.as_str()).then_some((package, name))
}

fn finding(
    context: &Context<'_>,
    at: ExpressionRef,
    (package, name): (&str, &str),
    inside: &Inside<'_>,
) -> Diagnostic {
    let project = context.project;
    let own = repeated::callee_name(context, at);
    let place = match inside.chain.first() {
        Some(first) => repeated::callee_name(context, *first),
        None => own,
    };
    let opener = project.calls.get(inside.transaction);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place,
        format!("the transaction waits for `{name}` of `{package}`"),
    )
    .label("takes long, and nothing of the database")
    .related(
        project.modules.at(opener.module, opener.name.span),
        "the transaction is open from here",
    );
    for step in inside.chain.iter().skip(1) {
        found = found.related(repeated::callee_name(context, *step), "which calls this");
    }
    if !inside.chain.is_empty() {
        found = found.related(own, "the computation");
    }
    if repeated::is_background(context, inside.opener.function) {
        found = found.lowered(Severity::Low, "a job: nobody waits for the answer");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "call `{name}` before the transaction, and use its result inside"
        ))
        .subject(format!(
            "transaction:{} {package}.{name}",
            functions::name(project, inside.opener.function)
        ))
}
