//! A table becomes a partition, and all its rows are read under a lock.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{AlterActionKind, AlterTable, ObjectName, StatementKind},
    catalog::TableConstraint,
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, Lived, changes},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/attach-partition",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration attaches a table with rows and without a check that proves where they belong",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter_map(|change| match &change.step.statement.kind {
            StatementKind::AlterTable(alter) => Some((change, alter)),
            _ => None,
        })
        .flat_map(|(change, alter)| attached(change, alter))
        .collect()
}

fn attached(change: Change<'_>, alter: &AlterTable) -> Vec<Diagnostic> {
    let names = alter
        .actions
        .iter()
        .filter_map(|action| match &action.kind {
            AlterActionKind::AttachPartition(name) => Some((action.span, name)),
            _ => None,
        });
    names
        .filter_map(|(span, name)| {
            let lived = change.lived(name)?;
            if has_check(lived) || change.is_emptied_before(lived.relation) {
                return None;
            }
            Some(finding(change, alter, lived, name, span))
        })
        .collect()
}

/// Whether a check that holds for all rows may prove that they belong there: PostgreSQL then reads none.
fn has_check(lived: Lived<'_>) -> bool {
    let mut constraints = lived.table.constraints.iter();
    constraints.any(|one| one.validated && matches!(one.kind, TableConstraint::Check(_)))
}

fn finding(
    change: Change<'_>,
    alter: &AlterTable,
    lived: Lived<'_>,
    name: &ObjectName,
    span: Span,
) -> Diagnostic {
    let (table, parent) = (&lived.relation.name, &alter.name.name.text);
    change
        .finding(
            &RULE.metadata,
            span,
            format!("nobody can read or write `{table}` while each of its rows is checked for its place in `{parent}`"),
        )
        .label("reads the whole table under an ACCESS EXCLUSIVE lock")
        .related(change.history.part(lived.relation.provenance.created, table), "the table comes from here")
        .help(format!(
            "prove it before, in a migration of its own: ALTER TABLE \"{}\" ADD CONSTRAINT ... CHECK (the bounds, and NOT NULL of the key) NOT VALID; then VALIDATE CONSTRAINT, which locks nobody out; drop the check afterwards",
            name.name.text
        ))
        .subject(change.subject(&format!("table:{parent} partition:{table}")))
}
