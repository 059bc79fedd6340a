//! Whether old rows can repeat what a new unique index forbids.

use smol_str::SmolStr;
use snell_sql::{
    ast::{CreateIndex, ExprKind, StatementKind},
    catalog::{Index, KeyTarget, Table},
};

use crate::support::migrations::{Change, Lived};

/// Whether two old rows can have the same keys. They cannot when some of the keys are unique
/// already, or were until this migration; when a key is a column of this migration that nothing
/// fills; nor when the migration removes rows of the table beforehand.
pub(super) fn may_repeat(change: Change<'_>, lived: Lived<'_>, create: &CreateIndex) -> bool {
    let keys: Vec<Option<&SmolStr>> = create
        .keys
        .iter()
        .map(|key| match &key.item.expr.kind {
            ExprKind::Column(parts) => parts.last().map(|name| &name.text),
            _ => None,
        })
        .collect();
    let is_empty = |name: &SmolStr| {
        lived.table.column(name).is_some_and(|column| {
            change.is_fresh_column(column) && column.default.is_none() && column.identity.is_none()
        })
    };
    let filled = change.is_filled_before(lived.relation);
    if !create.nulls_not_distinct && !filled && keys.iter().flatten().any(|name| is_empty(name)) {
        return false;
    }
    let removes = |other: Change<'_>| match &other.step.statement.kind {
        StatementKind::Delete(delete) => other.is(&delete.table, lived.relation),
        StatementKind::Truncate(tables) => {
            tables.iter().any(|table| other.is(table, lived.relation))
        }
        _ => false,
    };
    if change.earlier().any(removes) {
        return false;
    }
    let states = change.earlier().chain(std::iter::once(change));
    !states.into_iter().any(|state| {
        let Some(table) = state.step.before.table(lived.relation.id) else {
            return false;
        };
        let mut indexes = state.step.before.indexes_of(lived.relation.id);
        indexes.any(|(_, index)| guards(table, index, &keys))
    })
}

/// Whether an index keeps rows unique over some of these columns.
fn guards(table: &Table, index: &Index, keys: &[Option<&SmolStr>]) -> bool {
    index.unique
        && index.predicate.is_none()
        && index.keys.iter().all(|key| match &key.target {
            KeyTarget::Column(number) => {
                let name = table.column_at(*number).map(|column| &column.name);
                name.is_some_and(|name| keys.contains(&Some(name)))
            }
            KeyTarget::Expression(_) => false,
        })
}
