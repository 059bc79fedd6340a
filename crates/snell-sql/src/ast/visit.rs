//! Walks through what an expression or query holds.

use super::{Expr, ExprKind, FromItem, JoinCondition, Query, QueryBody, Select, StatementKind};

/// A part that a walk meets.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// An expression, before what it holds.
    Expr(&'a Expr),
    /// A query, before what it holds.
    Query(&'a Query),
    /// An item of a `FROM` list, before what it holds.
    From(&'a FromItem),
}

/// Shows `visit` an expression and everything inside it.
pub fn walk_expression<'a>(expr: &'a Expr, visit: &mut dyn FnMut(Part<'a>)) {
    visit(Part::Expr(expr));
    let mut each = |inner: &'a Expr| walk_expression(inner, visit);
    match &expr.kind {
        ExprKind::Binary(_, left, right)
        | ExprKind::Distinct(left, right, _)
        | ExprKind::AnyArray(_, left, right, _) => {
            each(left);
            each(right);
        }
        ExprKind::Unary(_, inner)
        | ExprKind::Not(inner)
        | ExprKind::IsNull(inner, _)
        | ExprKind::Is(inner, _)
        | ExprKind::Cast(inner, _)
        | ExprKind::Field(inner, _)
        | ExprKind::FieldStar(inner)
        | ExprKind::Collate(inner, _) => each(inner),
        ExprKind::Logical(_, items) | ExprKind::Array(items) | ExprKind::Row(items) => {
            items.iter().for_each(each);
        }
        ExprKind::Between(value, low, high, _) => {
            each(value);
            each(low);
            each(high);
        }
        ExprKind::InList(value, items, _) | ExprKind::Subscript(value, items, _) => {
            each(value);
            items.iter().for_each(each);
        }
        ExprKind::InQuery(value, query, _) | ExprKind::AnyQuery(_, value, query, _) => {
            each(value);
            walk_query(query, visit);
        }
        ExprKind::Case(case) => {
            case.operand.iter().for_each(&mut each);
            for (condition, result) in &case.branches {
                each(condition);
                each(result);
            }
            case.otherwise.iter().for_each(each);
        }
        ExprKind::Call(call) => {
            call.arguments.iter().for_each(|a| each(&a.value));
            call.order_by.iter().for_each(|item| each(&item.expr));
            call.filter.iter().for_each(&mut each);
            if let Some(over) = &call.over {
                over.partition_by.iter().for_each(&mut each);
                over.order_by.iter().for_each(|item| each(&item.expr));
            }
        }
        ExprKind::ArrayQuery(query) | ExprKind::Subquery(query) | ExprKind::Exists(query) => {
            walk_query(query, visit);
        }
        _ => {}
    }
}

/// Shows `visit` a query and everything inside it.
pub fn walk_query<'a>(query: &'a Query, visit: &mut dyn FnMut(Part<'a>)) {
    visit(Part::Query(query));
    for table in query.with.iter().flat_map(|with| &with.tables) {
        walk_query(&table.query, visit);
    }
    match &query.body {
        QueryBody::Select(select) => walk_select(select, visit),
        QueryBody::Values(rows) => {
            for value in rows.iter().flatten() {
                walk_expression(value, visit);
            }
        }
        QueryBody::Set(_, left, right) => {
            walk_query(left, visit);
            walk_query(right, visit);
        }
        QueryBody::Modify(statement) => {
            if let StatementKind::Query(inner) = &statement.kind {
                walk_query(inner, visit);
            }
        }
        QueryBody::Table(_) | QueryBody::Unknown => {}
    }
    for item in &query.order_by {
        walk_expression(&item.expr, visit);
    }
    for expr in query.limit.iter().chain(&query.offset) {
        walk_expression(expr, visit);
    }
}

fn walk_select<'a>(select: &'a Select, visit: &mut dyn FnMut(Part<'a>)) {
    for expr in select.distinct.iter().flatten() {
        walk_expression(expr, visit);
    }
    for target in &select.targets {
        walk_expression(&target.expr, visit);
    }
    for item in &select.from {
        walk_from(item, visit);
    }
    for expr in select
        .condition
        .iter()
        .chain(&select.group_by)
        .chain(&select.having)
    {
        walk_expression(expr, visit);
    }
    for (_, window) in &select.windows {
        for expr in &window.partition_by {
            walk_expression(expr, visit);
        }
        for item in &window.order_by {
            walk_expression(&item.expr, visit);
        }
    }
}

/// Shows `visit` an item of a `FROM` list and everything inside it.
pub fn walk_from<'a>(item: &'a FromItem, visit: &mut dyn FnMut(Part<'a>)) {
    visit(Part::From(item));
    match item {
        FromItem::Table(..) => {}
        FromItem::Function(function) => {
            for call in &function.calls {
                walk_expression(call, visit);
            }
        }
        FromItem::Subquery(query, ..) => walk_query(query, visit),
        FromItem::Join(join) => {
            walk_from(&join.left, visit);
            walk_from(&join.right, visit);
            if let JoinCondition::On(expr) = &join.condition {
                walk_expression(expr, visit);
            }
        }
    }
}

/// Shows `change` an expression and everything inside it, sub-queries left out, from the
/// inside out.
pub fn rewrite_expression(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr)) {
    {
        let mut each = |inner: &mut Expr| rewrite_expression(inner, change);
        match &mut expr.kind {
            ExprKind::Binary(_, left, right)
            | ExprKind::Distinct(left, right, _)
            | ExprKind::AnyArray(_, left, right, _) => {
                each(left);
                each(right);
            }
            ExprKind::Unary(_, inner)
            | ExprKind::Not(inner)
            | ExprKind::IsNull(inner, _)
            | ExprKind::Is(inner, _)
            | ExprKind::Cast(inner, _)
            | ExprKind::Field(inner, _)
            | ExprKind::FieldStar(inner)
            | ExprKind::InQuery(inner, ..)
            | ExprKind::AnyQuery(_, inner, ..)
            | ExprKind::Collate(inner, _) => each(inner),
            ExprKind::Logical(_, items) | ExprKind::Array(items) | ExprKind::Row(items) => {
                items.iter_mut().for_each(each);
            }
            ExprKind::Between(value, low, high, _) => {
                each(value);
                each(low);
                each(high);
            }
            ExprKind::InList(value, items, _) | ExprKind::Subscript(value, items, _) => {
                each(value);
                items.iter_mut().for_each(each);
            }
            ExprKind::Case(case) => {
                case.operand.iter_mut().for_each(&mut each);
                for (condition, result) in &mut case.branches {
                    each(condition);
                    each(result);
                }
                case.otherwise.iter_mut().for_each(each);
            }
            ExprKind::Call(call) => {
                call.arguments.iter_mut().for_each(|a| each(&mut a.value));
                call.order_by
                    .iter_mut()
                    .for_each(|item| each(&mut item.expr));
                call.filter.iter_mut().for_each(each);
            }
            _ => {}
        }
    }
    change(expr);
}
