//! Conditions whose answer is known before any row is read.

use snell_flow::raw::Reading;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{Expr, ExprKind, Part, QueryBody, StatementKind, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/constant-condition",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A condition of a raw query is the same for every row",
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
        let assembled = is_assembled(context, reading);
        let mut conditions: Vec<&Expr> = Vec::new();
        walk_statement(statement, &mut |part| match part {
            Part::Query(query) => {
                if let QueryBody::Select(select) = &query.body {
                    conditions.extend(select.condition.iter().chain(&select.having));
                }
            }
            Part::Change(change) => match &change.kind {
                StatementKind::Update(update) => conditions.extend(&update.condition),
                StatementKind::Delete(delete) => conditions.extend(&delete.condition),
                _ => {}
            },
            _ => {}
        });
        let mut found: Vec<(Span, String)> = Vec::new();
        for condition in conditions {
            look(condition, assembled, true, &mut found);
        }
        for (span, why) in found {
            findings.tell(
                reading,
                span,
                "the condition is the same for every row",
                |one| {
                    one.label(why)
                        .help("leave it out, or write the condition that was meant")
                },
            );
        }
    }
    findings.done()
}

/// Whether the text is put together: `WHERE 1 = 1` then spares the question whether an `AND` is needed.
fn is_assembled(context: &Context<'_>, reading: &Reading) -> bool {
    reading::of_query(context, reading).len() > 1
        || reading.text.pieces.len() > 1
            && reading.call.is_some_and(|call| {
                let operation = context.project.calls.get(call).operation;
                operation.is_unsafe_raw()
            })
}

/// Looks at the parts of a condition. `all` says whether every one of them must hold.
fn look(condition: &Expr, assembled: bool, all: bool, found: &mut Vec<(Span, String)>) {
    match &condition.kind {
        ExprKind::Logical(and, parts) => {
            for part in parts {
                look(part, assembled, *and, found);
            }
        }
        ExprKind::Not(inner) => look(inner, assembled, all, found),
        _ => {
            let Some(why) = constant(condition) else {
                return;
            };
            // `1 = 1 AND ...`, `0 = 1 OR ...`: where parts are added by code.
            let starts = matches!(why, Known::Always if all) || matches!(why, Known::Never if !all);
            if assembled && starts && !matches!(why, Known::Itself(_)) {
                return;
            }
            let words = match why {
                Known::Always if all => "it always holds, and leaves no row out".to_owned(),
                Known::Always => "it always holds, and so does the whole `OR`".to_owned(),
                Known::Never if all => "it never holds: there is no such row".to_owned(),
                Known::Never => "it never holds, and adds no row".to_owned(),
                Known::Itself(name) => {
                    format!("`{name}` is compared with itself: what is left out are NULLs")
                }
            };
            found.push((condition.span, words));
        }
    }
}

enum Known {
    Always,
    Never,
    Itself(String),
}

fn constant(expr: &Expr) -> Option<Known> {
    let of = |holds: bool| if holds { Known::Always } else { Known::Never };
    match &expr.kind {
        ExprKind::Bool(value) => Some(of(*value)),
        ExprKind::Binary(operator, left, right) => {
            let equal = match operator.symbol.as_str() {
                "=" => true,
                "<>" => false,
                _ => return None,
            };
            if let (Some(left), Some(right)) = (literal(left), literal(right)) {
                return Some(of((left == right) == equal));
            }
            match (&left.kind, &right.kind) {
                (ExprKind::Column(a), ExprKind::Column(b)) if equal && same(a, b) => {
                    a.last().map(|name| Known::Itself(name.text.to_string()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn same(a: &[snell_sql::ast::Name], b: &[snell_sql::ast::Name]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.text == b.text)
}

fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Integer(text) | ExprKind::String(text) => Some(text),
        _ => None,
    }
}
