//! Walks through what an expression or query holds.

use super::{
    Assignment, Expr, ExprKind, FromItem, Insert, JoinCondition, Query, QueryBody, Select,
    Statement, StatementKind, Target, With,
};

/// A part that a walk meets.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// An expression, before what it holds.
    Expr(&'a Expr),
    /// A query, before what it holds.
    Query(&'a Query),
    /// An item of a `FROM` list, before what it holds.
    From(&'a FromItem),
    /// A statement that changes rows, before what it holds.
    Change(&'a Statement),
}

/// Shows `visit` a statement over rows and everything inside it; other statements hold nothing.
pub fn walk_statement<'a>(statement: &'a Statement, visit: &mut dyn FnMut(Part<'a>)) {
    match &statement.kind {
        StatementKind::Query(query) => walk_query(query, visit),
        StatementKind::Insert(insert) => {
            visit(Part::Change(statement));
            walk_insert(insert, visit);
        }
        StatementKind::Update(update) => {
            visit(Part::Change(statement));
            walk_with(update.with.as_ref(), visit);
            walk_assignments(&update.assignments, visit);
            for item in &update.from {
                walk_from(item, visit);
            }
            walk_all(&update.condition, visit);
            walk_targets(&update.returning, visit);
        }
        StatementKind::Delete(delete) => {
            visit(Part::Change(statement));
            walk_with(delete.with.as_ref(), visit);
            for item in &delete.using {
                walk_from(item, visit);
            }
            walk_all(&delete.condition, visit);
            walk_targets(&delete.returning, visit);
        }
        StatementKind::Merge(merge) => {
            visit(Part::Change(statement));
            walk_with(merge.with.as_ref(), visit);
            for item in &merge.source {
                walk_from(item, visit);
            }
            walk_all(&merge.condition, visit);
            walk_assignments(&merge.assignments, visit);
            walk_targets(&merge.returning, visit);
        }
        _ => {}
    }
}

fn walk_insert<'a>(insert: &'a Insert, visit: &mut dyn FnMut(Part<'a>)) {
    walk_with(insert.with.as_ref(), visit);
    if let Some(source) = &insert.source {
        walk_query(source, visit);
    }
    if let Some(conflict) = &insert.conflict {
        if let Some(assignments) = &conflict.update {
            walk_assignments(assignments, visit);
        }
        walk_all(&conflict.condition, visit);
    }
    walk_targets(&insert.returning, visit);
}

fn walk_with<'a>(with: Option<&'a With>, visit: &mut dyn FnMut(Part<'a>)) {
    for table in with.iter().flat_map(|with| &with.tables) {
        walk_query(&table.query, visit);
    }
}

fn walk_all<'a>(expressions: impl IntoIterator<Item = &'a Expr>, visit: &mut dyn FnMut(Part<'a>)) {
    for expr in expressions {
        walk_expression(expr, visit);
    }
}

fn walk_targets<'a>(targets: &'a [Target], visit: &mut dyn FnMut(Part<'a>)) {
    walk_all(targets.iter().map(|target| &target.expr), visit);
}

fn walk_assignments<'a>(assignments: &'a [Assignment], visit: &mut dyn FnMut(Part<'a>)) {
    walk_all(assignments.iter().flat_map(|a| &a.values), visit);
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
        QueryBody::Modify(statement) => walk_statement(statement, visit),
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
