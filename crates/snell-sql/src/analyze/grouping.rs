//! Columns beside aggregates: each must be grouped, or decided by a grouped key.

use smol_str::SmolStr;

use super::Analyzer;
use super::scope::{Scope, Source};
use crate::ast::{
    Call, Expr, ExprKind, FromItem, Name, Part, Query, QueryBody, Select, walk_expression,
};
use crate::catalog::RelationId;
use crate::library::library;
use crate::print;

/// A column of an item of `FROM`, by the item's position.
type Grouped = (usize, SmolStr);

impl Analyzer<'_> {
    /// `parseCheckAggregates`, for what is certain.
    pub(super) fn check_grouping(&mut self, select: &Select, query: &Query, scope: &Scope<'_>) {
        let outputs = || {
            let having = select.having.iter();
            select
                .targets
                .iter()
                .map(|target| &target.expr)
                .chain(having)
        };
        let aggregates = outputs().any(holds_aggregate);
        if query.locks && aggregates {
            self.error(
                "0A000",
                query.span,
                "FOR UPDATE is not allowed with aggregate functions".into(),
                None,
            );
        }
        if !aggregates && select.group_by.is_empty() || select.grouping_sets {
            return;
        }
        let keys: Vec<&Expr> = select
            .group_by
            .iter()
            .map(|expr| output_of(expr, select, scope))
            .collect();
        let written: Vec<String> = keys.iter().map(|key| print::expression(key)).collect();
        let grouped: Vec<Grouped> = keys
            .iter()
            .filter_map(|key| match &key.kind {
                ExprKind::Column(parts) => resolve(parts, scope),
                _ => None,
            })
            .collect();
        let mut loose = None;
        for expr in outputs() {
            self.ungrouped(expr, scope, &written, &grouped, &mut loose);
        }
        if let Some((parts, span)) = loose {
            let names: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
            let message = format!(
                "column \"{}\" must appear in the GROUP BY clause or be used in an aggregate function",
                names.join(".")
            );
            self.error("42803", span, message, None);
        }
    }

    /// The first column that is neither grouped nor inside an aggregate.
    fn ungrouped<'e>(
        &self,
        expr: &'e Expr,
        scope: &Scope<'_>,
        written: &[String],
        grouped: &[Grouped],
        loose: &mut Option<(&'e [Name], snell_source::Span)>,
    ) {
        if loose.is_some() || written.contains(&print::expression(expr)) {
            return;
        }
        match &expr.kind {
            ExprKind::Call(call) if is_aggregate(call) => {}
            ExprKind::Column(parts) => {
                if let Some(found) = resolve(parts, scope)
                    && !grouped.contains(&found)
                    && !self.is_decided(&scope.sources[found.0], found.0, grouped)
                {
                    *loose = Some((parts, expr.span));
                }
            }
            ExprKind::Subquery(_) | ExprKind::Exists(_) | ExprKind::ArrayQuery(_) => {}
            ExprKind::InQuery(value, ..) | ExprKind::AnyQuery(_, value, ..) => {
                self.ungrouped(value, scope, written, grouped, loose);
            }
            _ => {
                for inner in children(expr) {
                    self.ungrouped(inner, scope, written, grouped, loose);
                }
            }
        }
    }

    /// Whether the grouped columns hold the primary key of a table.
    fn is_decided(&self, source: &Source, position: usize, grouped: &[Grouped]) -> bool {
        if !source.complete {
            return true;
        }
        let mut relations = source.columns.iter().map(|c| c.source.map(|(id, _)| id));
        let table: Option<RelationId> = relations.next().flatten();
        let Some(table) = table
            .filter(|_| source.table)
            .and_then(|id| self.catalog.table(id))
        else {
            return false;
        };
        table.primary_key().is_some_and(|key| {
            table
                .names(&key.columns)
                .all(|name| grouped.contains(&(position, name.clone())))
        })
    }
}

/// What a key means: a position or an alias stands for a column of the output.
fn output_of<'e>(expr: &'e Expr, select: &'e Select, scope: &Scope<'_>) -> &'e Expr {
    match &expr.kind {
        ExprKind::Integer(text) => {
            let position = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            position
                .and_then(|n| select.targets.get(n))
                .map_or(expr, |target| &target.expr)
        }
        ExprKind::Column(parts) => match parts.as_slice() {
            [name] if resolve(parts, scope).is_none() => select
                .targets
                .iter()
                .find(|target| target.alias.as_ref().is_some_and(|a| a.text == name.text))
                .map_or(expr, |target| &target.expr),
            _ => expr,
        },
        _ => expr,
    }
}

/// The item of `FROM` that a column is of; none when another query's, or when it is not certain.
fn resolve(parts: &[Name], scope: &Scope<'_>) -> Option<Grouped> {
    let (name, qualifier) = match parts {
        [name] => (name, None),
        [.., qualifier, name] => (name, Some(qualifier)),
        [] => return None,
    };
    let mut fitting = scope.sources.iter().enumerate().filter(|(_, source)| {
        qualifier.is_none_or(|qualifier| source.alias == qualifier.text)
            && source.columns.iter().any(|column| column.name == name.text)
    });
    let (position, _) = fitting.next()?;
    let merged = scope
        .sources
        .iter()
        .any(|source| source.merged.contains(&name.text));
    (fitting.next().is_none() && !merged).then(|| (position, name.text.clone()))
}

/// Whether an item is a sub-query of aggregates over everything: that gives one row, whatever there is.
pub(super) fn gives_one_row(item: &FromItem) -> bool {
    let FromItem::Subquery(query, ..) = item else {
        return false;
    };
    let QueryBody::Select(select) = &query.body else {
        return false;
    };
    select.group_by.is_empty()
        && !select.grouping_sets
        && select.having.is_none()
        && query.limit.is_none()
        && query.offset.is_none()
        && select
            .targets
            .iter()
            .any(|target| holds_aggregate(&target.expr))
}

fn holds_aggregate(expr: &Expr) -> bool {
    if let ExprKind::Call(call) = &expr.kind
        && is_aggregate(call)
    {
        return true;
    }
    match &expr.kind {
        ExprKind::Subquery(_) | ExprKind::Exists(_) | ExprKind::ArrayQuery(_) => false,
        ExprKind::InQuery(value, ..) | ExprKind::AnyQuery(_, value, ..) => holds_aggregate(value),
        _ => children(expr).into_iter().any(holds_aggregate),
    }
}

fn is_aggregate(call: &Call) -> bool {
    call.over.is_none()
        && (call.within_group
            || library()
                .functions
                .get(&call.name.name.text)
                .is_some_and(|all| all.iter().all(|function| function.kind == 'a')))
}

/// The expressions right inside another.
fn children(expr: &Expr) -> Vec<&Expr> {
    let mut found: Vec<&Expr> = Vec::new();
    walk_expression(expr, &mut |part| {
        if let Part::Expr(inner) = part
            && inner.span != expr.span
            && !found.iter().any(|known| known.span.contains(inner.span))
        {
            found.push(inner);
        }
    });
    found
}
