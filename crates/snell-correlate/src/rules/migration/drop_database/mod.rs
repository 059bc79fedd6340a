//! A database is dropped.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use crate::{
    rule::{Context, Rule},
    support::migrations::{changes, first_words},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-database",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A migration drops a database",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter(|change| {
            matches!(change.step.statement.kind, StatementKind::Other(_))
                && first_words(change.text(), 2) == "DROP DATABASE"
        })
        .map(|change| {
            change
                .finding(
                    &RULE.metadata,
                    change.step.span,
                    "a migration that drops a database",
                )
                .label("all of it goes, and nobody is asked")
                .help("take the statement out: whoever sets databases up drops them, by hand")
                .subject(change.subject("database"))
        })
        .collect()
}
