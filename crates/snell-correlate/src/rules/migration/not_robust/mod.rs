//! A statement outside of a transaction that cannot be run again.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ObjectKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes, insert_after},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/not-robust",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A statement that no transaction takes back cannot be run again when it failed half-way",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

/// What runs in a transaction leaves nothing when it fails; what runs concurrently does.
fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let (what, words) = match &change.step.statement.kind {
        StatementKind::CreateIndex(create) if create.concurrently && !create.if_not_exists => {
            ("an invalid index", " IF NOT EXISTS")
        }
        StatementKind::Drop(drop)
            if drop.kind == ObjectKind::Index && drop.concurrently && !drop.if_exists =>
        {
            ("an index that is marked invalid", " IF EXISTS")
        }
        _ => return None,
    };
    let text = insert_after(change.text(), "CONCURRENTLY", words)?;
    Some(
        change
            .finding(
                &RULE.metadata,
                change.step.span,
                format!(
                    "a run that breaks off leaves {what}, and the next one fails on it or keeps it"
                ),
            )
            .label("no transaction takes it back")
            .help(format!(
                "`{text}`, after dropping what a failed run has left"
            ))
            .subject(change.subject("robust")),
    )
}
