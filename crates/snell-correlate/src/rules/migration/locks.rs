//! Which tables a statement locks against everybody, and which statements take long.

use snell_sql::{
    ast::{AlterActionKind, ConstraintKind, ObjectKind, RebuildKind, StatementKind},
    catalog::RelationKind,
};

use crate::support::migrations::{Change, Lived};

/// The tables in use that a statement takes `ACCESS EXCLUSIVE` on.
///
/// Source: PostgreSQL's manual, "Explicit Locking" and `ALTER TABLE`.
pub(super) fn exclusive(change: Change<'_>) -> Vec<Lived<'_>> {
    match &change.step.statement.kind {
        StatementKind::AlterTable(alter) => {
            let strong = alter
                .actions
                .iter()
                .any(|action| is_exclusive(&action.kind));
            change
                .lived(&alter.name)
                .filter(|_| strong)
                .into_iter()
                .collect()
        }
        StatementKind::Drop(drop) if drop.kind == ObjectKind::Table => drop
            .names
            .iter()
            .filter_map(|target| change.lived(&target.name))
            .collect(),
        StatementKind::Truncate(tables) => tables
            .iter()
            .filter_map(|table| change.lived(table))
            .collect(),
        StatementKind::Rebuild(rebuild) if !matches!(rebuild.kind, RebuildKind::Reindex(_)) => {
            rebuild
                .names
                .iter()
                .filter_map(|name| change.lived(name))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn is_exclusive(action: &AlterActionKind) -> bool {
    match action {
        AlterActionKind::ValidateConstraint(_)
        | AlterActionKind::AttachPartition(_)
        | AlterActionKind::Trigger(..)
        | AlterActionKind::Other => false,
        AlterActionKind::AddConstraint(constraint) => {
            !matches!(constraint.kind, ConstraintKind::ForeignKey(_))
        }
        _ => true,
    }
}

/// What a statement does for as long as a table in use has rows: its name, and what it does.
pub(super) fn long(change: Change<'_>) -> Option<(String, &'static str)> {
    let named = |lived: Lived<'_>| lived.relation.name.to_string();
    match &change.step.statement.kind {
        StatementKind::Update(update) => {
            Some((named(change.lived(&update.table)?), "rewrites rows of"))
        }
        StatementKind::Delete(delete) => {
            Some((named(change.lived(&delete.table)?), "deletes rows of"))
        }
        StatementKind::CreateIndex(create) if !create.concurrently => {
            Some((named(change.lived(&create.table)?), "builds an index of"))
        }
        StatementKind::Refresh(refresh) if !refresh.concurrently => {
            let (relation, _) = change.lived_view(&refresh.name)?;
            Some((relation.name.to_string(), "makes anew"))
        }
        StatementKind::AlterTable(alter) => {
            let lived = change.lived(&alter.name)?;
            let validates = alter
                .actions
                .iter()
                .any(|action| matches!(action.kind, AlterActionKind::ValidateConstraint(_)));
            validates.then(|| (named(lived), "validates all rows of"))
        }
        StatementKind::Rebuild(rebuild) => {
            let name = rebuild.names.first()?;
            let relation = change.step.before.find(name)?;
            let is_old = matches!(
                relation.kind,
                RelationKind::Table(_) | RelationKind::Index(_)
            ) && !change.is_fresh(relation);
            is_old.then(|| (relation.name.to_string(), "writes anew"))
        }
        _ => None,
    }
}
