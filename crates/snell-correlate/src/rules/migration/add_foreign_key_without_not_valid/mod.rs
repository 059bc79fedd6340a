//! A foreign key that is checked against old rows while both tables wait.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind, ForeignKey};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, Lived, actions, qualified, quoted},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-foreign-key-without-not-valid",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds a foreign key that checks old rows under locks on both tables",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AddConstraint(constraint) = &action.kind else {
                return None;
            };
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                return None;
            };
            if constraint.not_valid || lived.table.partitioned || change.is_emptied_before(lived.relation) {
                return None;
            }
            let table = &lived.relation.name;
            let target = &key.table.name.text;
            let locked = if target == table { format!("`{table}`") } else { format!("`{table}` and `{target}`") };
            let started = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("the new foreign key reads all of `{table}`, and nobody can write {locked} meanwhile"),
                )
                .label("checks old rows at once");
            let on = qualified(lived.relation);
            let name = constraint.name.as_ref().map_or_else(
                || quoted(&format!("{table}_fkey")),
                |name| quoted(&name.text),
            );
            let mut finding = started
                .help(format!("`ALTER TABLE {on} ADD CONSTRAINT {name} {} NOT VALID`", definition(change.text_of(constraint.span))))
                .help(format!("then, in the next migration, ALTER TABLE {on} VALIDATE CONSTRAINT {name}: it lets everybody write"));
            if is_empty(change, lived, key) {
                finding = finding.lowered(Severity::Low, "the column is new: no row has a value to check");
            }
            Some(finding.subject(change.subject(&format!("table:{table} constraint:{name}"))))
        })
        .collect()
}

/// The constraint without its name.
fn definition(text: &str) -> &str {
    text.find("FOREIGN")
        .or_else(|| text.to_ascii_uppercase().find("FOREIGN"))
        .map_or(text, |at| &text[at..])
}

/// Whether the migration added all columns of a key, and gave no row a value.
fn is_empty(change: Change<'_>, lived: Lived<'_>, key: &ForeignKey) -> bool {
    let columns: Vec<_> = key
        .columns
        .iter()
        .filter_map(|name| lived.table.column(&name.text))
        .collect();
    !columns.is_empty()
        && columns
            .iter()
            .all(|column| change.is_fresh_column(column) && column.default.is_none())
        && !change.is_filled_before(lived.relation)
}
