//! Columns that cannot be null in the rows that a condition keeps.

use super::scope::Scope;
use crate::ast::{Expr, ExprKind, FromItem, JoinCondition, JoinKind};

/// Inner joins' conditions hold for every row, like `WHERE`.
pub(super) fn narrow_joins(scope: &mut Scope<'_>, item: &FromItem) {
    if let FromItem::Join(join) = item
        && matches!(join.kind, JoinKind::Inner | JoinKind::Cross)
    {
        if let JoinCondition::On(condition) = &join.condition {
            narrow(scope, condition);
        }
        narrow_joins(scope, &join.left);
        narrow_joins(scope, &join.right);
    }
}

/// Marks the columns that cannot be null where a condition holds.
pub(super) fn narrow(scope: &mut Scope<'_>, condition: &Expr) {
    match &condition.kind {
        ExprKind::Logical(true, operands) => {
            for operand in operands {
                narrow(scope, operand);
            }
        }
        ExprKind::IsNull(operand, false) => mark(scope, operand),
        ExprKind::Binary(operator, left, right)
            if matches!(
                operator.symbol.as_str(),
                "=" | "<>" | "<" | ">" | "<=" | ">=" | "~~" | "~~*" | "!~~" | "!~~*" | "~" | "~*"
            ) =>
        {
            mark(scope, left);
            mark(scope, right);
        }
        ExprKind::InList(value, _, true)
        | ExprKind::InQuery(value, _, true)
        | ExprKind::Between(value, _, _, true)
        | ExprKind::AnyArray(_, value, _, true) => mark(scope, value),
        _ => {}
    }
}

fn mark(scope: &mut Scope<'_>, expr: &Expr) {
    let mut expr = expr;
    while let ExprKind::Cast(inner, _) = &expr.kind {
        expr = inner;
    }
    let ExprKind::Column(parts) = &expr.kind else {
        return;
    };
    let Some(name) = parts.last() else { return };
    let qualifier = parts
        .len()
        .checked_sub(2)
        .and_then(|index| parts.get(index));
    for source in &mut scope.sources {
        if qualifier.is_some_and(|qualifier| qualifier.text != source.alias) {
            continue;
        }
        if qualifier.is_none() && source.merged.contains(&name.text) {
            continue;
        }
        if let Some(column) = source.columns.iter_mut().find(|c| c.name == name.text) {
            column.not_null = true;
            return;
        }
    }
}
