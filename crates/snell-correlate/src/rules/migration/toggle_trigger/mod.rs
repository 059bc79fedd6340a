//! A trigger is switched off, and stays off.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, Name, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::actions,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/toggle-trigger",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration disables triggers of a table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::Trigger(name, false) = &action.kind else {
                return None;
            };
            let is_same = |other: &Option<Name>| match (name, other) {
                (Some(one), Some(other)) => one.text == other.text,
                (_, None) => true,
                (None, Some(_)) => false,
            };
            let enabled = change.later().any(|other| match &other.step.statement.kind {
                StatementKind::AlterTable(alter) if other.is(&alter.name, lived.relation) => alter
                    .actions
                    .iter()
                    .any(|action| matches!(&action.kind, AlterActionKind::Trigger(again, true) if is_same(again))),
                _ => false,
            });
            let table = &lived.relation.name;
            let which = name.as_ref().map_or_else(|| "all triggers".to_owned(), |name| format!("`{}`", name.text));
            let message = if enabled {
                format!("{which} of `{table}` is off for everybody until the migration is done, and nobody can write the table")
            } else {
                format!("{which} of `{table}` is switched off, and nothing switches it on again")
            };
            let mut finding = change
                .finding(&RULE.metadata, action.span, message)
                .label("what it kept right is kept by nobody")
                .help("for the statements of this migration alone: SET LOCAL session_replication_role = replica, which locks nothing");
            if enabled {
                finding = finding.lowered(Severity::Low, "a later statement switches it on again");
            }
            Some(finding.subject(change.subject(&format!("table:{table} trigger"))))
        })
        .collect()
}
