//! Work that takes the processor's time while a transaction is open.

use snell_flow::foreign_call;
use snell_project::{module::ExpressionRef, types::Types};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::waiting::{self, Waiting};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/cpu-in-transaction",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A transaction stays open while something expensive is computed",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
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
    waiting::findings(context, &RULE.metadata, |types, at| {
        let (package, name) = costly(context, types, at)?;
        Some(Waiting {
            message: format!("the transaction waits for `{name}` of `{package}`"),
            label: "takes long, and nothing of the database",
            what: "the computation",
            in_job: Severity::Low,
            help: format!("call `{name}` before the transaction, and use its result inside"),
            subject: format!("{package}.{name}"),
        })
    })
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
