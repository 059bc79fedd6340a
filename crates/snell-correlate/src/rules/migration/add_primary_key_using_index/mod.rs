//! A primary key takes over an index, its name included.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{AlterActionKind, ConstraintKind},
    catalog::{Index, KeyTarget, RelationKind},
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, quoted},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-primary-key-using-index",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A primary key that is made of an index renames it, and may read the whole table",
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
            let ConstraintKind::PrimaryKey(parts) = &constraint.kind else {
                return None;
            };
            let index = parts.using_index.as_ref()?;
            let relation = change.step.before.find_named(None, &index.text)?;
            let RelationKind::Index(known) = &relation.kind else {
                return None;
            };
            let loose: Vec<&str> = lived
                .table
                .columns
                .iter()
                .filter(|column| !column.not_null && is_key(known, column.number))
                .map(|column| column.name.as_str())
                .collect();
            let table = &lived.relation.name;
            let named = constraint.name.as_ref().map(|name| name.text.as_str());
            let renamed = named.is_some_and(|name| name != index.text);
            let (message, help) = match (loose.first(), renamed) {
                (Some(column), _) => (
                    format!("the primary key of `{table}` reads all rows under an exclusive lock: `{column}` may be empty so far"),
                    "prove each column beforehand: a CHECK (... IS NOT NULL) NOT VALID, its validation, then SET NOT NULL".to_owned(),
                ),
                (None, true) => (
                    format!("the index {} gets the name of the constraint", quoted(&index.text)),
                    "give the index the constraint's name when it is built: who looks for it by its old name finds nothing".to_owned(),
                ),
                (None, false) => return None,
            };
            Some(
                change
                    .finding(&RULE.metadata, action.span, message)
                    .label("takes over the index")
                    .help(help)
                    .subject(change.subject(&format!("table:{table} index:{}", index.text))),
            )
        })
        .collect()
}

/// Whether an index sorts by a column.
fn is_key(index: &Index, column: u16) -> bool {
    let mut keys = index.keys.iter();
    keys.any(|key| matches!(key.target, KeyTarget::Column(number) if number == column))
}
