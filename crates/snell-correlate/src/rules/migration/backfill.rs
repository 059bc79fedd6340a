//! What `UPDATE` and `DELETE` statements of migrations do to rows that were there before.

use snell_sql::{
    ast::{Expr, ExprKind, QueryBody, StatementKind, Update},
    catalog::Column,
};

use super::no_op_backfill;
use crate::support::migrations::{Change, Lived, is_constant};

/// Whether a condition holds for every row: there is none, or it is `true` or `1 = 1`.
pub(super) fn is_everything(condition: Option<&Expr>) -> bool {
    match condition.map(|condition| &condition.kind) {
        None | Some(ExprKind::Bool(true)) => true,
        Some(ExprKind::Binary(operator, left, right)) => {
            operator.symbol == "=" && is_constant(left) && left.kind == right.kind
        }
        _ => false,
    }
}

/// The columns that an `UPDATE` sets, with their values.
pub(super) fn sets<'a>(
    update: &'a Update,
    lived: Lived<'a>,
) -> impl Iterator<Item = (&'a Column, Option<&'a Expr>)> {
    update.assignments.iter().flat_map(move |assignment| {
        let names = assignment.columns.iter().enumerate();
        names.filter_map(move |(index, name)| {
            let column = lived.table.column(&name.text)?;
            Some((column, assignment.values.get(index)))
        })
    })
}

/// Whether a column was added to its table by this migration or the one before it: what it holds
/// is what migrations gave it.
pub(super) fn is_young(change: Change<'_>, lived: Lived<'_>, column: &Column) -> bool {
    let added = column.provenance.created;
    let came_later = added != lived.relation.provenance.created;
    change.is_fresh_column(column)
        || came_later && added.migration.abs_diff(change.step.place.migration) <= 1
}

/// Whether an `UPDATE` may change every row: it has no condition, or only asks whether a column
/// that the migrations added just now has a value yet.
pub(super) fn may_take_all(change: Change<'_>, update: &Update, lived: Lived<'_>) -> bool {
    if !update.from.is_empty() {
        return update.condition.as_ref().is_none_or(|condition| {
            // A join by keys pairs every row with another.
            !has_literal(condition)
        });
    }
    let Some(condition) = &update.condition else {
        return true;
    };
    is_everything(Some(condition))
        || match &condition.kind {
            ExprKind::IsNull(operand, true) => match &operand.kind {
                ExprKind::Column(parts) => parts
                    .last()
                    .and_then(|name| lived.table.column(&name.text))
                    .is_some_and(|column| is_young(change, lived, column)),
                _ => false,
            },
            _ => false,
        }
}

/// The table in use whose rows a statement changes, any number of them, and the verb.
pub(super) fn changed_rows(change: Change<'_>) -> Option<(Lived<'_>, &'static str)> {
    match &change.step.statement.kind {
        StatementKind::Update(update) => {
            let lived = change.lived(&update.table)?;
            no_op_backfill::reason(change, update)
                .is_none()
                .then_some((lived, "updates"))
        }
        StatementKind::Delete(delete) => Some((change.lived(&delete.table)?, "deletes")),
        StatementKind::Insert(insert) => {
            let query = insert.source.as_ref()?;
            let is_written_out = matches!(query.body, QueryBody::Values(_));
            (!is_written_out).then_some((change.lived(&insert.table)?, "inserts"))
        }
        _ => None,
    }
}

/// A statement of the same transaction before this one that locks out all readers or writers
/// of a table in use.
pub(super) fn locked_before(change: Change<'_>) -> Option<(Change<'_>, Lived<'_>)> {
    change.earlier().find_map(|other| {
        let name = match &other.step.statement.kind {
            StatementKind::AlterTable(alter) => &alter.name,
            StatementKind::CreateIndex(create) if !create.concurrently => &create.table,
            StatementKind::Truncate(tables) => tables.first()?,
            _ => return None,
        };
        let lived = other.lived(name)?;
        other
            .is_in_transaction_of(&change)
            .then_some((other, lived))
    })
}

/// Whether an `UPDATE` gives every row one value in a column that was there for longer.
pub(super) fn overwrites(change: Change<'_>, update: &Update, lived: Lived<'_>) -> bool {
    update.from.is_empty()
        && is_everything(update.condition.as_ref())
        && sets(update, lived).any(|(column, value)| {
            !is_young(change, lived, column) && value.is_some_and(is_constant)
        })
}

/// Whether a condition compares something with a value that is written out.
fn has_literal(condition: &Expr) -> bool {
    let mut found = false;
    snell_sql::ast::walk_expression(condition, &mut |part| {
        if let snell_sql::ast::Part::Expr(expr) = part {
            found |= matches!(
                expr.kind,
                ExprKind::String(_)
                    | ExprKind::Integer(_)
                    | ExprKind::Decimal(_)
                    | ExprKind::Bool(_)
            );
        }
    });
    found
}
