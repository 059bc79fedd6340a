//! Some rows of many, whichever they are.

use snell_flow::raw::Reading;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{Expr, ExprKind, FromItem, Query, QueryBody, Select, StatementKind},
    catalog::Catalog,
};

use super::{
    columns,
    reading::{self, Findings},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/limit-without-order",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A raw query takes some of its rows, and no order says which",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        if let Some(span) = limit(context, reading) {
            findings.tell(
                reading,
                span,
                "no order says which rows the query gives",
                |one| {
                    one.label("whichever the database comes to first: another plan, other rows")
                        .help("add an `ORDER BY` that ends with a unique column")
                },
            );
        }
    }
    findings.done()
}

/// The `LIMIT` of a text that takes some rows of a table in no order.
fn limit(context: &Context<'_>, reading: &Reading) -> Option<Span> {
    let StatementKind::Query(query) = &reading.statement()?.kind else {
        return None;
    };
    let limit = query.limit.as_ref()?;
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let catalog = reading::catalog(context, reading);
    let unordered = query.order_by.is_empty()
        // `query/pagination-without-order` is about pages.
        && query.offset.is_none()
        // Workers take whatever is free.
        && !query.locks
        && select.distinct.is_none()
        && is_of_tables(select, catalog)
        && gives_columns(select)
        && !is_by_key(select, catalog);
    (unordered && !is_all_or_none(query)).then_some(limit.span)
}

/// `LIMIT 0`, `LIMIT ALL`: nothing is left out of a few.
fn is_all_or_none(query: &Query) -> bool {
    query.limit.as_ref().is_some_and(|limit| match &limit.kind {
        ExprKind::Integer(text) => text == "0",
        ExprKind::Null | ExprKind::Unknown => true,
        _ => false,
    })
}

fn is_of_tables(select: &Select, catalog: &Catalog) -> bool {
    let Some(first) = select.from.first() else {
        return false;
    };
    let mut item = first;
    while let FromItem::Join(join) = item {
        item = &join.left;
    }
    matches!(item, FromItem::Table(name, _) if catalog.find_table(name).is_some())
}

/// Whether rows are told apart by what is selected: `SELECT 1 ... LIMIT 1` asks whether there is one.
fn gives_columns(select: &Select) -> bool {
    let columns = select
        .targets
        .iter()
        .any(|target| matches!(target.expr.kind, ExprKind::Column(_) | ExprKind::Star(_)));
    columns && select.group_by.is_empty()
}

/// Whether the condition names one row by a unique key.
fn is_by_key(select: &Select, catalog: &Catalog) -> bool {
    let Some(condition) = &select.condition else {
        return false;
    };
    let mut equal = Vec::new();
    conjuncts(condition, &mut |part| {
        if let ExprKind::Binary(operator, left, right) = &part.kind
            && operator.symbol == "="
        {
            for side in [left, right] {
                equal.extend(columns::of(side, select, catalog));
            }
        }
    });
    equal.iter().any(|(table, _)| {
        catalog.indexes_of(*table).any(|(_, index)| {
            index.unique
                && index.predicate.is_none()
                && index.keys.iter().all(|key| {
                    matches!(key.target, snell_sql::catalog::KeyTarget::Column(number)
                        if equal.iter().any(|(other, column)| other == table && column.number == number))
                })
        })
    })
}

fn conjuncts<'e>(condition: &'e Expr, each: &mut dyn FnMut(&'e Expr)) {
    match &condition.kind {
        ExprKind::Logical(true, parts) => parts.iter().for_each(|part| conjuncts(part, each)),
        _ => each(condition),
    }
}
