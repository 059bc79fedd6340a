//! A table in use gets another name.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, quoted, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/rename-table",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration renames a table that running code still uses by its old name",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::RenameTo(new) = &action.kind else {
                return None;
            };
            let old = &lived.relation.name;
            // A view of the old name serves those who still ask for it.
            let stands_in = change.later().any(|other| match &other.step.statement.kind {
                StatementKind::CreateView(view) => view.name.name.text == *old,
                StatementKind::CreateTable(create) => create.name.name.text == *old,
                StatementKind::AlterTable(alter) => alter.actions.iter().any(
                    |action| matches!(&action.kind, AlterActionKind::RenameTo(name) if name.text == *old),
                ),
                _ => false,
            });
            if stands_in {
                return None;
            }
            let started = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("renaming `{old}` breaks the code that runs until the deploy is done"),
                )
                .label(format!("a client of the old schema asks for `{old}`"));
            Some(
                with_place(started, change.declared(&new.text, None), "the model")
                    .help(format!("keep the table and rename the model: `@@map(\"{old}\")` needs no migration"))
                    .help(format!("or let a view stand in until then: CREATE VIEW {} AS SELECT * FROM {}", quoted(old), quoted(&new.text)))
                    .subject(change.subject(&format!("table:{old}"))),
            )
        })
        .collect()
}
