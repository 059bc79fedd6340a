//! Migrations that run without `idle_in_transaction_session_timeout`.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::migration::session::{self, Missing},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/missing-idle-timeout",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A migration whose client is gone keeps its locks",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let missing = Missing {
        parameter: "idle_in_transaction_session_timeout",
        message: "a migration whose client breaks off in the middle keeps its locks until somebody ends its session",
        help: "set idle_in_transaction_session_timeout for the session or the role",
    };
    session::missing(context, &RULE.metadata, &missing)
}
