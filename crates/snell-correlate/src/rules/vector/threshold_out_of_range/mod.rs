//! A distance compared with a number that it never passes.

use snell_flow::{Literal, Value, raw::Reading};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind, Part, walk_statement};

use super::distance;
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/threshold-out-of-range",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A distance is compared with a number outside of what it can be",
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
        let mut compared = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && let ExprKind::Binary(operator, left, right) = &expr.kind
                && matches!(operator.symbol.as_str(), "<" | "<=" | ">" | ">=")
            {
                compared.push((expr, operator.symbol.as_str(), &**left, &**right));
            }
        });
        for (expr, symbol, left, right) in compared {
            let told = verdict(reading, left, symbol, right)
                .or_else(|| verdict(reading, right, turned(symbol), left));
            let Some(found) = told else { continue };
            let outcome = if found.always {
                "always true"
            } else {
                "never true"
            };
            let message = format!(
                "the comparison is {outcome}: {} lies between {} and {}",
                found.what, found.low, found.high
            );
            findings.tell(reading, expr.span, message, |one| {
                one.label(if found.always {
                    "takes every row"
                } else {
                    "takes no row"
                })
                .help(found.help)
            });
        }
    }
    findings.done()
}

/// The operator when the sides are changed.
fn turned(symbol: &str) -> &'static str {
    match symbol {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        _ => "<=",
    }
}

struct Found {
    what: &'static str,
    low: f64,
    high: f64,
    always: bool,
    help: &'static str,
}

/// What `expr symbol number` comes to, when its number lies outside of what `expr` can be.
fn verdict(reading: &Reading, expr: &Expr, symbol: &str, number: &Expr) -> Option<Found> {
    let (what, low, high, help) = range(expr)?;
    let number = constant(reading, number)?;
    let less = symbol.starts_with('<');
    let always = if number > high {
        less
    } else if number < low {
        !less
    } else {
        return None;
    };
    Some(Found {
        what,
        low,
        high,
        always,
        help,
    })
}

/// What an expression over a distance can be.
fn range(expr: &Expr) -> Option<(&'static str, f64, f64, &'static str)> {
    let distance = "the distance of equal directions is 0: near rows are those below 0.3 or so";
    let similarity = "the similarity of equal directions is 1: near rows are those above 0.7 or so";
    match &expr.kind {
        ExprKind::Binary(operator, one, inner) if operator.symbol == "-" && is_one(one) => {
            (distance::measured(inner)? == "cosine").then_some((
                "a cosine similarity",
                -1.0,
                1.0,
                similarity,
            ))
        }
        ExprKind::Binary(..) | ExprKind::Call(_) => match distance::measured(expr)? {
            "cosine" => Some(("a cosine distance", 0.0, 2.0, distance)),
            "jaccard" => Some(("a Jaccard distance", 0.0, 1.0, distance)),
            _ => None,
        },
        _ => None,
    }
}

fn is_one(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Integer(text) | ExprKind::Decimal(text) => text.parse() == Ok(1.0),
        _ => false,
    }
}

/// A number that is written, or that the code hands over.
fn constant(reading: &Reading, expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Integer(text) | ExprKind::Decimal(text) => text.parse().ok(),
        ExprKind::Unary(operator, inner) if operator.symbol == "-" => {
            constant(reading, inner).map(|number| -number)
        }
        ExprKind::Cast(inner, _) => constant(reading, inner),
        ExprKind::Parameter(number) => {
            let position = (*number as usize).checked_sub(1)?;
            match &reading.text.parameters.get(position)?.value {
                Value::Literal(Literal::Number(text)) => text.replace('_', "").parse().ok(),
                _ => None,
            }
        }
        _ => None,
    }
}
