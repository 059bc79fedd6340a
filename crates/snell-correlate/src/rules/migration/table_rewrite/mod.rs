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
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let (span, does, table) = match &change.step.statement.kind {
        StatementKind::AlterTable(alter) => {
            let lived = change.lived(&alter.name)?;
            let (span, does) = alter.actions.iter().find_map(|action| {
                let text = change.text_of(action.span);
                let is_other = matches!(action.kind, AlterActionKind::Other);
                Some((action.span, stored_anew(text).filter(|_| is_other)?))
            })?;
            (span, does, lived.relation.name.to_string())
        }
        StatementKind::Other(_) if first_words(change.text(), 1) == "CLUSTER" => {
            let rest = change.text().split_whitespace().nth(1).unwrap_or_default();
            let name = rest.trim_matches('"');
            let is_there = change.history.replay.catalog.find_named(None, name);
            let table = is_there.map_or_else(
                || "every clustered table".to_owned(),
                |r| r.name.to_string(),
            );
            (change.step.span, "CLUSTER", table)
        }
        _ => return None,
    };
    Some(
        change
            .finding(
                &RULE.metadata,
                span,
                format!("{does} writes all of {} anew, and nobody can read it meanwhile", shown(&table)),
            )
            .label("holds ACCESS EXCLUSIVE until it is done")
            .help("do it by hand in a quiet hour, or with pg_repack, which keeps the table open; a migration is run while people work")
            .subject(change.subject(&format!("table:{table} {does}"))),
    )
}

fn shown(table: &str) -> String {
    if table.contains(' ') {
        table.to_owned()
    } else {
        format!("`{table}`")
    }
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
