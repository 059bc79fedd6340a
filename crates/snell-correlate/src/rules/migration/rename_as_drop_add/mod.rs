//! A renamed field became a dropped column and an empty new one.

use crate::{
    rule::{Context, Rule},
    rules::migration::gone,
    support::migrations::{qualified, quoted, with_place},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/rename-as-drop-add",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration drops a column and adds one like it: a rename that loses the values",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let columns = gone::columns(context).into_iter();
    columns
        .filter_map(|gone| {
            let (new, added) = gone.added_instead()?;
            if !gone.uses(context).is_empty() {
                return None;
            }
            let (table, old) = (&gone.lived.relation.name, &gone.column.name);
            let change = gone.change;
            let started = change
                .finding(
                    &RULE.metadata,
                    gone.span,
                    format!("`{old}` of `{table}` is dropped and `{new}` added in its place: the values are lost"),
                )
                .label("the values go with it")
                .related(added, "of the same type, and empty");
            let on = qualified(gone.lived.relation);
            Some(
                with_place(started, change.declared(table, Some(new)), "the field that was renamed")
                    .help(format!("when it is the same column under a new name: ALTER TABLE {on} RENAME COLUMN {} TO {}", quoted(old), quoted(new)))
                    .help("or keep the column's name, and rename the field alone: `@map(\"...\")`")
                    .confidence(Confidence::Likely)
                    .subject(change.subject(&format!("table:{table} column:{old}"))),
            )
        })
        .collect()
}
