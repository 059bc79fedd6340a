//! Rows compared with each other that cannot be equal.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{
    Expr, ExprKind, Part, Query, QueryBody, SetOperation, walk_expression, walk_statement,
};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/union-dedup",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A raw query looks for duplicates where there can be none, or where they do not matter",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut found: Vec<(Span, &str)> = Vec::new();
        walk_statement(statement, &mut |part| match part {
            Part::Query(query) => found.extend(
                apart(query)
                    .map(|span| (span, "another constant on each side: no two rows are equal")),
            ),
            Part::Expr(expr) => found.extend(asked(expr).map(|span| {
                (
                    span,
                    "whether a value is there once or twice is the same here",
                )
            })),
            _ => {}
        });
        for (span, why) in found {
            let message = "the query looks for duplicates that do not matter";
            findings.tell(reading, span, message, |one| {
                one.label(why).help(
                    "`UNION ALL` keeps the rows as they come, without sorting or hashing them",
                )
            });
        }
    }
    findings.done()
}

/// A `UNION` whose sides differ in a constant.
fn apart(query: &Query) -> Option<Span> {
    let QueryBody::Set(SetOperation::Union(false), left, right) = &query.body else {
        return None;
    };
    let (left, right) = (constants(left)?, constants(right)?);
    let differs = left
        .iter()
        .zip(&right)
        .any(|(a, b)| matches!((a, b), (Some(a), Some(b)) if a != b));
    differs.then_some(query.span)
}

/// The constants among what a `SELECT` gives, by position.
fn constants(query: &Query) -> Option<Vec<Option<&str>>> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let star = |expr: &Expr| matches!(expr.kind, ExprKind::Star(_) | ExprKind::FieldStar(_));
    // The positions after a star are not known.
    let known = select
        .targets
        .iter()
        .take_while(|target| !star(&target.expr));
    Some(known.map(|target| constant(&target.expr)).collect())
}

fn constant(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::String(text) | ExprKind::Integer(text) => Some(text),
        ExprKind::Cast(inner, _) => constant(inner),
        _ => None,
    }
}

/// A `UNION` that is only asked whether it has a value.
fn asked(expr: &Expr) -> Option<Span> {
    let (ExprKind::Exists(query) | ExprKind::InQuery(_, query, _)) = &expr.kind else {
        return None;
    };
    let union = matches!(query.body, QueryBody::Set(SetOperation::Union(false), ..));
    // A limit or an order makes the number of rows matter.
    let mut parameters = false;
    walk_expression(expr, &mut |part| {
        parameters |= matches!(part, Part::Query(inner) if inner.limit.is_some());
    });
    (union && !parameters).then_some(query.span)
}
