//! A required column is added to a table that has rows, and nothing fills it.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{
        AlterAction, AlterActionKind, ColumnChange, ColumnDefinition, ConstraintKind, ExprKind,
        Name,
    },
    catalog::UserTypeKind,
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, Lived, actions, is_serial, qualified, quoted, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-required-column",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration adds a required column without a default to a table with rows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| match &action.kind {
            AlterActionKind::AddColumn(column, _) => added(change, action, column, lived),
            AlterActionKind::AlterColumn(name, ColumnChange::NotNull(true)) => {
                demanded(change, action, name, lived)
            }
            _ => None,
        })
        .collect()
}

/// `ADD COLUMN ... NOT NULL`, with nothing that gives old rows a value.
fn added(
    change: Change<'_>,
    action: &AlterAction,
    column: &ColumnDefinition,
    lived: Lived<'_>,
) -> Option<Diagnostic> {
    let is_there = lived.table.column(&column.name.text).is_some();
    if is_there || !is_required(column) || gets_a_value(change, column) {
        return None;
    }
    finding(
        change,
        action,
        &column.name,
        lived,
        "required, and without a default",
    )
}

/// `SET NOT NULL` on a column that the same migration added, and that nothing filled.
fn demanded(
    change: Change<'_>,
    action: &AlterAction,
    name: &Name,
    lived: Lived<'_>,
) -> Option<Diagnostic> {
    let column = lived.table.column(&name.text)?;
    let is_empty = column.default.is_none()
        && column.identity.is_none()
        && column.generated.is_none()
        && column.provenance.created.migration == change.step.place.migration
        && !column.not_null;
    if !is_empty || change.is_filled_before(lived.relation) {
        return None;
    }
    finding(
        change,
        action,
        name,
        lived,
        "the column was added above, and holds NULL in every row",
    )
}

fn finding(
    change: Change<'_>,
    action: &AlterAction,
    name: &Name,
    lived: Lived<'_>,
    label: &str,
) -> Option<Diagnostic> {
    if change.is_emptied_before(lived.relation) {
        return None;
    }
    let (table, column) = (&lived.relation.name, &name.text);
    let started = change
        .finding(
            &RULE.metadata,
            action.span,
            format!("the migration fails when `{table}` has rows: nothing gives them a `{column}`"),
        )
        .label(label);
    let finding = with_place(started, change.declared(table, Some(column)), "the field");
    let on = qualified(lived.relation);
    let own = quoted(column);
    Some(
        finding
            .help("give it a default that is right for old rows (a constant costs nothing, however many rows there are)")
            .help(format!("or add it without NOT NULL, fill it in batches, and demand it in a later migration: ALTER TABLE {on} ALTER COLUMN {own} SET NOT NULL"))
            .subject(change.subject(&format!("table:{table} column:{column}"))),
    )
}

fn is_required(column: &ColumnDefinition) -> bool {
    column.constraints.iter().any(|constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::NotNull(_) | ConstraintKind::PrimaryKey(_)
        )
    })
}

fn gets_a_value(change: Change<'_>, column: &ColumnDefinition) -> bool {
    let by_constraint = column
        .constraints
        .iter()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::Default(value) => !matches!(value.kind, ExprKind::Null),
            ConstraintKind::Generated(_) | ConstraintKind::Identity(_) => true,
            _ => false,
        });
    let by_type = column.type_name.as_ref().is_none_or(|written| {
        // A domain may have a default of its own.
        let domain = change.step.before.resolve_type(written).and_then(|found| {
            let user_type = change.step.before.user_type(found.id)?;
            Some(matches!(user_type.kind, UserTypeKind::Domain(_)))
        });
        is_serial(written) || domain == Some(true)
    });
    by_constraint || by_type
}
