//! Migrations that run without `statement_timeout`.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::migration::session::{self, Missing},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/missing-statement-timeout",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "New migrations may run without an end",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let missing = Missing {
        parameter: "statement_timeout",
        message: "nothing ends a statement of a migration that takes an hour, with its locks held",
        help: "begin with SET statement_timeout, longer than the longest statement should take",
    };
    session::missing(context, &RULE.metadata, &missing)
}
