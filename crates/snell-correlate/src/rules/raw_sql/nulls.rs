//! Why a column of a result may be null.

use snell_flow::raw::Reading;
use snell_sql::{
    analyze::ResultColumn,
    ast::{
        Expr, ExprKind, FromItem, JoinKind, Name, Part, QueryBody, Statement, StatementKind,
        walk_statement,
    },
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
        ExprKind::Column(parts) if is_just_written(statement, parts) => None,
        ExprKind::Column(parts) => {
            let Some((table, number)) = column.source else {
                let [qualifier, _] = parts.as_slice() else {
                    return None;
                };
                return nullable_sides(statement)
                    .contains(&qualifier.text.as_str())
                    .then_some("null where the outer join finds no row");
            };
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

/// Whether `RETURNING` gives what the statement has just written into a column: the expression
/// decides then, not the column.
fn is_just_written(statement: &Statement, parts: &[Name]) -> bool {
    let Some(name) = parts.last() else {
        return false;
    };
    let mut written: Box<dyn Iterator<Item = &Name>> = match &statement.kind {
        StatementKind::Update(update) => Box::new(
            update
                .assignments
                .iter()
                .flat_map(|assignment| &assignment.columns),
        ),
        StatementKind::Insert(insert) => Box::new(insert.columns.iter()),
        _ => return false,
    };
    written.any(|column| column.text == name.text)
}

/// The items of a query's outer joins that are null where no row matches.
fn nullable_sides(statement: &Statement) -> Vec<&str> {
    let mut names = Vec::new();
    if let StatementKind::Query(query) = &statement.kind
        && let QueryBody::Select(select) = &query.body
    {
        for item in &select.from {
            sides(item, false, &mut names);
        }
    }
    names
}

fn sides<'a>(item: &'a FromItem, nullable: bool, names: &mut Vec<&'a str>) {
    match item {
        FromItem::Join(join) => {
            let left = matches!(join.kind, JoinKind::Right | JoinKind::Full);
            let right = matches!(join.kind, JoinKind::Left | JoinKind::Full);
            sides(&join.left, nullable || left, names);
            sides(&join.right, nullable || right, names);
        }
        FromItem::Table(_, alias) | FromItem::Subquery(_, alias, _) if nullable => {
            let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
            names.extend(alias.map(|alias| alias.text.as_str()));
        }
        _ => {}
    }
}

/// An expression without the casts around it.
fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast(inner, _) => unwrapped(inner),
        _ => expr,
    }
}
