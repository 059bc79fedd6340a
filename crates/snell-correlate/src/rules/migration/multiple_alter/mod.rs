//! Several statements read all rows of a table where one would.

use std::collections::BTreeMap;

use snell_source::{Diagnostic, FileId, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{AlterAction, AlterActionKind, ColumnChange, ConstraintKind, StatementKind},
    catalog::RelationId,
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, Lived, TypeChange, changes, type_change},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/multiple-alter",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration goes through all rows of a table several times, where one ALTER TABLE would do",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut tables: BTreeMap<(FileId, RelationId), Vec<(Change<'_>, Lived<'_>)>> = BTreeMap::new();
    for change in changes(context) {
        let StatementKind::AlterTable(alter) = &change.step.statement.kind else {
            continue;
        };
        let Some(lived) = change.lived(&alter.name) else {
            continue;
        };
        if alter
            .actions
            .iter()
            .any(|action| reads_all(change, lived, action))
        {
            let key = (change.migration.file, lived.relation.id);
            tables.entry(key).or_default().push((change, lived));
        }
    }
    tables
        .into_values()
        .filter_map(|found| finding(&found))
        .collect()
}

/// Whether an action reads or rewrites every row.
fn reads_all(change: Change<'_>, lived: Lived<'_>, action: &AlterAction) -> bool {
    match &action.kind {
        AlterActionKind::AlterColumn(name, ColumnChange::Type(written, _)) => {
            let catalog = &change.step.before;
            let (Some(column), Some(to)) = (
                lived.table.column(&name.text),
                catalog.resolve_type(written),
            ) else {
                return false;
            };
            type_change(catalog, &column.data_type, &to) != TypeChange::Free
        }
        AlterActionKind::AlterColumn(name, ColumnChange::NotNull(true)) => lived
            .table
            .column(&name.text)
            .is_some_and(|column| !column.not_null),
        AlterActionKind::AddConstraint(constraint) => {
            matches!(constraint.kind, ConstraintKind::Check(_)) && !constraint.not_valid
        }
        _ => false,
    }
}

fn finding(found: &[(Change<'_>, Lived<'_>)]) -> Option<Diagnostic> {
    let [(first, lived), others @ ..] = found else {
        return None;
    };
    if others.is_empty() {
        return None;
    }
    let table = &lived.relation.name;
    let mut finding = first
        .finding(
            &RULE.metadata,
            first.step.span,
            format!(
                "this migration goes through all rows of `{table}` {} times",
                found.len()
            ),
        )
        .label("once here");
    for (other, _) in others.iter().take(SHOWN) {
        finding = finding.related(other.at(other.step.span), "and once more");
    }
    Some(
        finding
            .help(format!("write them as one statement, ALTER TABLE \"{table}\" ..., ...: PostgreSQL does all that they ask for in one pass"))
            .subject(first.subject(&format!("table:{table}"))),
    )
}

/// Further statements that are shown.
const SHOWN: usize = 4;
