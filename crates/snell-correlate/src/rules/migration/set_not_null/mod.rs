//! A column becomes required while everybody waits.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{AlterActionKind, ColumnChange, Expr, ExprKind},
    catalog::{Table, TableConstraint},
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, qualified, quoted, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/set-not-null",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration sets NOT NULL, which reads the whole table under an exclusive lock",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AlterColumn(name, ColumnChange::NotNull(true)) = &action.kind else {
                return None;
            };
            let column = lived.table.column(&name.text)?;
            if column.not_null || is_proven(lived.table, &column.name) {
                return None;
            }
            let filled = change.is_filled_before(lived.relation);
            if change.is_fresh_column(column) && column.default.is_none() && !filled {
                // The statement fails, which is more (`migration/add-required-column`).
                return None;
            }
            let (table, own) = (&lived.relation.name, &column.name);
            let fails = if filled || column.default.is_some() { "" } else { ", and fails when one row has none" };
            let started = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("making `{own}` required reads all of `{table}` while nobody else can{fails}"),
                )
                .label("no check proves it beforehand");
            let started = with_place(started, change.declared(table, Some(own)), "the field");
            let (on, proof) = (qualified(lived.relation), quoted(&format!("{table}_{own}_not_null")));
            Some(
                started
                    .help(format!("prove it first: `ALTER TABLE {on} ADD CONSTRAINT {proof} CHECK ({} IS NOT NULL) NOT VALID`", quoted(own)))
                    .help(format!("in later migrations: ALTER TABLE {on} VALIDATE CONSTRAINT {proof}, which locks out no writer, then SET NOT NULL, which reads nothing any more"))
                    .subject(change.subject(&format!("table:{table} column:{own}"))),
            )
        })
        .collect()
}

/// Whether a validated check says that a column is never NULL: PostgreSQL 12 and later believe it.
fn is_proven(table: &Table, column: &str) -> bool {
    table
        .constraints
        .iter()
        .any(|constraint| match &constraint.kind {
            TableConstraint::Check(check) => constraint.validated && proves(check, column),
            _ => false,
        })
}

fn proves(check: &Expr, column: &str) -> bool {
    match &check.kind {
        ExprKind::IsNull(operand, false) => {
            matches!(&operand.kind, ExprKind::Column(parts) if parts.last().is_some_and(|name| name.text == column))
        }
        ExprKind::Logical(true, parts) => parts.iter().any(|part| proves(part, column)),
        _ => false,
    }
}
