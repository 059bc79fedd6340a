//! Searches for the middle of a text, through every row.

use snell_flow::{TextPart, Value, raw::Reading};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{Expr, ExprKind, Part, QueryBody, Select, walk_statement},
    catalog::{Catalog, Column, KeyTarget, RelationId},
};

use super::{
    columns,
    reading::{self, Findings},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/leading-wildcard",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A raw query searches for a text that no ordinary index can find",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let catalog = reading::catalog(context, reading);
        let mut found: Vec<(Span, RelationId, &Column)> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part
                && let QueryBody::Select(select) = &query.body
            {
                found.extend(searches(reading, select, catalog));
            }
        });
        for (span, table, column) in found {
            let message = format!("no ordinary index finds a `{}` by its middle", column.name);
            let origin = reading::origin(context, reading, table, Some(column.number));
            findings.tell(reading, span, message, |mut one| {
                one = one.label("starts with `%`: every row is read");
                if let Some(at) = origin {
                    one = one.related(at, "without a trigram index");
                }
                one.confidence(Confidence::Likely)
                    .help("a GIN index with `gin_trgm_ops` (extension pg_trgm) finds it; for whole words, a tsvector does")
            });
        }
    }
    findings.done()
}

/// The searches of a `SELECT` that nothing else narrows.
fn searches<'c>(
    reading: &Reading,
    select: &Select,
    catalog: &'c Catalog,
) -> Vec<(Span, RelationId, &'c Column)> {
    let mut parts: Vec<&Expr> = Vec::new();
    match select.condition.as_ref() {
        Some(condition) => atoms(condition, &mut parts),
        None => return Vec::new(),
    }
    // Rows that another condition finds by an index are few enough to be read.
    let narrowed = select
        .condition
        .iter()
        .flat_map(conjuncts)
        .any(|part| is_indexed_equality(part, select, catalog));
    if narrowed {
        return Vec::new();
    }
    parts
        .into_iter()
        .filter_map(|part| {
            let ExprKind::Binary(operator, left, right) = &part.kind else {
                return None;
            };
            if !matches!(operator.symbol.as_str(), "~~" | "~~*") || !starts_open(reading, right) {
                return None;
            }
            let (table, column) = columns::of(uncast(left), select, catalog)?;
            (!has_trigrams(catalog, table, column.number)).then_some((right.span, table, column))
        })
        .collect()
}

/// The parts that must hold together.
fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    match &condition.kind {
        ExprKind::Logical(true, parts) => parts.iter().flat_map(conjuncts).collect(),
        _ => vec![condition],
    }
}

/// The comparisons of a condition.
fn atoms<'e>(condition: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &condition.kind {
        ExprKind::Logical(_, parts) => parts.iter().for_each(|part| atoms(part, found)),
        _ => found.push(condition),
    }
}

fn is_indexed_equality(part: &Expr, select: &Select, catalog: &Catalog) -> bool {
    let sides = match &part.kind {
        ExprKind::Binary(operator, left, right) if operator.symbol == "=" => vec![left, right],
        ExprKind::InList(operand, _, true) | ExprKind::AnyArray(_, operand, _, true) => {
            vec![operand]
        }
        _ => return false,
    };
    sides.into_iter().any(|side| {
        columns::of(uncast(side), select, catalog).is_some_and(|(table, column)| {
            catalog.indexes_of(table).any(|(_, index)| {
                index.keys.first().is_some_and(
                    |key| matches!(key.target, KeyTarget::Column(number) if number == column.number),
                )
            })
        })
    })
}

/// Whether a pattern begins with what matches anything.
fn starts_open(reading: &Reading, pattern: &Expr) -> bool {
    match &pattern.kind {
        ExprKind::String(text) => text.starts_with('%') && text.len() > 1,
        ExprKind::Cast(inner, _) => starts_open(reading, inner),
        ExprKind::Binary(operator, left, _) if operator.symbol == "||" => {
            matches!(&left.kind, ExprKind::String(text) if text.starts_with('%'))
                || starts_open(reading, left)
        }
        ExprKind::Call(call) if call.name.name.text == "concat" => call
            .arguments
            .first()
            .is_some_and(|first| matches!(&first.value.kind, ExprKind::String(text) if text.starts_with('%'))),
        ExprKind::Parameter(number) => {
            let at = (*number as usize).checked_sub(1);
            let parameter = at.and_then(|at| reading.text.parameters.get(at));
            parameter.is_some_and(|parameter| match &parameter.value {
                Value::Text(parts) => {
                    matches!(parts.first(), Some(TextPart::Constant(text)) if text.starts_with('%'))
                }
                value => value
                    .as_string()
                    .is_some_and(|text| text.starts_with('%') && text.len() > 1),
            })
        }
        _ => false,
    }
}

/// Whether an index of the table knows the column by its trigrams, or in words.
fn has_trigrams(catalog: &Catalog, table: RelationId, column: u16) -> bool {
    catalog.indexes_of(table).any(|(_, index)| {
        matches!(index.method.as_str(), "gin" | "gist")
            && index.keys.iter().any(|key| match key.target {
                KeyTarget::Column(number) => number == column,
                // Of what, the expression says; it is meant for searches all the same.
                KeyTarget::Expression(_) => key.operator_class.contains("trgm"),
            })
    })
}

fn uncast(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast(inner, _) => uncast(inner),
        _ => expr,
    }
}
