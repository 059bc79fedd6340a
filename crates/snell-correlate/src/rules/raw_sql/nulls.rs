//! Why a column of a result may be null.

use snell_flow::raw::Reading;
use snell_sql::{
    analyze::ResultColumn,
    ast::{Expr, ExprKind, FromItem, JoinKind, Part, QueryBody, StatementKind, walk_statement},
};

use super::reading;
use crate::rule::Context;

/// The reason, where it is certain that null can come: an aggregate over no rows, a side of an
/// outer join, a column that takes null.
pub(super) fn reason(
    context: &Context<'_>,
    reading: &Reading,
    column: &ResultColumn,
) -> Option<&'static str> {
    let statement = reading.statement()?;
    let mut target: Option<&Expr> = None;
    let mut outer = false;
    walk_statement(statement, &mut |part| match part {
        Part::Expr(expr) if expr.span == column.span && target.is_none() => target = Some(expr),
        Part::From(FromItem::Join(join)) => {
            outer |= matches!(join.kind, JoinKind::Left | JoinKind::Right | JoinKind::Full);
        }
        _ => {}
    });
    let grouped = match &statement.kind {
        StatementKind::Query(query) => match &query.body {
            QueryBody::Select(select) => !select.group_by.is_empty(),
            _ => true,
        },
        _ => true,
    };
    let target = unwrapped(target?);
    match &target.kind {
        ExprKind::Call(call)
            if !grouped
                && call.over.is_none()
                && matches!(
                    call.name.name.text.as_str(),
                    "max"
                        | "min"
                        | "sum"
                        | "avg"
                        | "array_agg"
                        | "string_agg"
                        | "json_agg"
                        | "jsonb_agg"
                ) =>
        {
            Some("an aggregate over no rows is null")
        }
        ExprKind::Column(_) => {
            let (table, number) = column.source?;
            let table = reading::catalog(context, reading).table(table)?;
            let found = table.column_at(number)?;
            if found.uncertain {
                None
            } else if !found.not_null {
                Some("the column takes null")
            } else if outer {
                Some("null where the outer join finds no row")
            } else {
                None
            }
        }
        _ => None,
    }
}

/// An expression without the casts around it.
fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast(inner, _) => unwrapped(inner),
        _ => expr,
    }
}
