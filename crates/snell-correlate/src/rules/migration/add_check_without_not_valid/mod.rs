//! A check that is tried on old rows while everybody waits.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, columns_read, qualified, quoted},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-check-without-not-valid",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds a CHECK that reads the whole table under an exclusive lock",
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
            let ConstraintKind::Check(check) = &constraint.kind else {
                return None;
            };
            if constraint.not_valid || change.is_emptied_before(lived.relation) {
                return None;
            }
            let table = &lived.relation.name;
            let name = constraint.name.as_ref().map_or_else(
                || quoted(&format!("{table}_check")),
                |name| quoted(&name.text),
            );
            let on = qualified(lived.relation);
            let columns: Vec<_> = columns_read(check)
                .into_iter()
                .filter_map(|name| lived.table.column(name))
                .collect();
            let is_empty = !columns.is_empty()
                && columns.iter().all(|column| change.is_fresh_column(column))
                && !change.is_filled_before(lived.relation);
            let mut finding = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("the new check reads all of `{table}` while nobody else can, and fails at the first row that breaks it"),
                )
                .label("tried on old rows at once")
                .help(format!("`ALTER TABLE {on} ADD CONSTRAINT {name} CHECK ({}) NOT VALID`", change.text_of(check.span)))
                .help(format!("then, in the next migration, ALTER TABLE {on} VALIDATE CONSTRAINT {name}: it lets everybody read and write"));
            if is_empty {
                finding = finding.lowered(Severity::Low, "it reads only columns that this migration adds");
            }
            Some(finding.subject(change.subject(&format!("table:{table} constraint:{name}"))))
        })
        .collect()
}
