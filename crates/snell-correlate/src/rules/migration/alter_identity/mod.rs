//! How a column gets its numbers changes under code that writes rows.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ColumnChange};

use crate::{
    rule::{Context, Rule},
    support::migrations::actions,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/alter-identity",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration adds or drops the identity of a column in use",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AlterColumn(name, what) = &action.kind else {
                return None;
            };
            let (table, own) = (&lived.relation.name, &name.text);
            let (message, help) = match what {
                ColumnChange::AddIdentity(always) => (
                    match always {
                        true => format!("`{own}` of `{table}` refuses numbers that a statement gives from here on, and counts from 1"),
                        false => format!("`{own}` of `{table}` counts from 1 from here on, over the numbers that are there"),
                    },
                    format!("set the count behind the largest number in the same migration: SELECT setval(pg_get_serial_sequence('{table}', '{own}'), max({own})) FROM {table}"),
                ),
                ColumnChange::DropIdentity(_) => (
                    format!("`{own}` of `{table}` gets no number by itself any more: rows that are written without one are refused"),
                    "deploy first the code that gives the number itself".to_owned(),
                ),
                _ => return None,
            };
            Some(
                change
                    .finding(&RULE.metadata, action.span, message)
                    .label("ACCESS EXCLUSIVE on the table, for an instant")
                    .help(help)
                    .subject(change.subject(&format!("table:{table} column:{own}"))),
            )
        })
        .collect()
}
