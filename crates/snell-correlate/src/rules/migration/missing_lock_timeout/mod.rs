//! Migrations that run without `lock_timeout`.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::migration::session::{self, Missing},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/missing-lock-timeout",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "New migrations wait for locks without an end, and everybody waits behind them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let missing = Missing {
        parameter: "lock_timeout",
        message: "a migration waits for its lock as long as the longest query runs, and every query of the table waits behind it",
        help: "begin with SET lock_timeout = '5s': the migration fails instead, and is deployed again",
    };
    session::missing(context, &RULE.metadata, &missing)
}
