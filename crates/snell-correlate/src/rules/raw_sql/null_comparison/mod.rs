//! A comparison with null, which is never true.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind, Operator, Part, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/null-comparison",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A raw query compares with `NULL` by an operator",
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
        let mut found: Vec<(&Expr, &Operator)> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && let ExprKind::Binary(operator, left, right) = &expr.kind
                && matches!(
                    operator.symbol.as_str(),
                    "=" | "<>" | "<" | ">" | "<=" | ">="
                )
                && (matches!(left.kind, ExprKind::Null) || matches!(right.kind, ExprKind::Null))
            {
                found.push((expr, operator));
            }
        });
        for (expr, operator) in found {
            let word = if operator.symbol == "<>" {
                "IS NOT NULL"
            } else {
                "IS NULL"
            };
            findings.tell(
                reading,
                expr.span,
                "a comparison with `NULL` is never true",
                |one| {
                    one.label("neither true nor false: no row passes")
                        .help(format!("write `{word}`"))
                },
            );
        }
    }
    findings.done()
}
