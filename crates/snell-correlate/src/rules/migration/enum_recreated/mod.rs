//! A value of an enum is removed by making the type anew.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ColumnChange};

use crate::{
    rule::{Context, Rule},
    support::migrations::{TypeChange, actions, type_change},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/enum-recreated",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration makes an enum anew: tables are rewritten, and rows with removed values stop it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AlterColumn(name, ColumnChange::Type(written, _)) = &action.kind else {
                return None;
            };
            let catalog = &change.step.before;
            let column = lived.table.column(&name.text)?;
            let to = catalog.resolve_type(written)?;
            if type_change(catalog, &column.data_type, &to) != TypeChange::EnumSwap {
                return None;
            }
            let values = |id| {
                let id = catalog.element_of(id).unwrap_or(id);
                catalog.enum_values(id).unwrap_or_default()
            };
            let (old, new) = (values(column.data_type.id), values(to.id));
            let removed: Vec<String> = old
                .iter()
                .filter(|value| new.iter().all(|other| other.text != value.text))
                .map(|value| format!("'{}'", value.text))
                .collect();
            let (table, own) = (&lived.relation.name, &column.name);
            // Rows that were moved off the removed values stop nothing.
            let moved = change.is_filled_before(lived.relation);
            let fails = match (removed.as_slice(), moved) {
                ([], _) | (_, true) => String::new(),
                (removed, false) => format!(", and the migration fails at the first row with {}", removed.join(" or ")),
            };
            let mut finding = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("the enum of `{table}.{own}` is made anew: every row is rewritten under an exclusive lock{fails}"),
                )
                .label(match removed.len() {
                    0 => "no value is removed".to_owned(),
                    _ => format!("{} removed", removed.join(", ")),
                });
            let old_name = catalog.type_name(column.data_type.id);
            if let Some(at) = change.declared_enum(&old_name) {
                finding = finding.related(at, "the enum");
            }
            Some(
                finding
                    .help("leave the value in the type and stop writing it; move the rows that have it in a migration before this one")
                    .subject(change.subject(&format!("table:{table} column:{own}"))),
            )
        })
        .collect()
}
