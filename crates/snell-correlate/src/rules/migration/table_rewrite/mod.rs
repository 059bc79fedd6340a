//! A whole table is written anew for how it is stored.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes, first_words},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/table-rewrite",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration rewrites a whole table under an exclusive lock",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let StatementKind::AlterTable(alter) = &change.step.statement.kind else {
        return None;
    };
    let table = change.lived(&alter.name)?.relation.name.to_string();
    let (span, does) = alter.actions.iter().find_map(|action| {
        let text = change.text_of(action.span);
        let is_other = matches!(action.kind, AlterActionKind::Other);
        Some((action.span, stored_anew(text).filter(|_| is_other)?))
    })?;
    Some(
        change
            .finding(
                &RULE.metadata,
                span,
                format!("{does} writes all of `{table}` anew, and nobody can read it meanwhile"),
            )
            .label("holds ACCESS EXCLUSIVE until it is done")
            .help("do it by hand in a quiet hour, or with pg_repack, which keeps the table open; a migration is run while people work")
            .subject(change.subject(&format!("table:{table} {does}"))),
    )
}

/// The action that moves or rewrites a table's storage.
fn stored_anew(text: &str) -> Option<&'static str> {
    match first_words(text, 2).as_str() {
        "SET LOGGED" => Some("SET LOGGED"),
        "SET UNLOGGED" => Some("SET UNLOGGED"),
        "SET TABLESPACE" => Some("SET TABLESPACE"),
        "SET ACCESS" => Some("SET ACCESS METHOD"),
        _ => None,
    }
}
