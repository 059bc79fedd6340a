//! A search whose text may hold wildcards.

mod insensitive;

use snell_extract::facts::Expression;
use snell_flow::{Value, raw::Parameter};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{Expr, ExprKind, Part, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/like-wildcard-unescaped",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A value is searched for with `LIKE` and its `%` and `_` are not escaped",
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
        let mut found: Vec<(u32, Span)> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && let ExprKind::Binary(operator, _, right) = &expr.kind
                && matches!(operator.symbol.as_str(), "~~" | "~~*" | "!~~" | "!~~*")
            {
                found.extend(searched(right).map(|number| (number, right.span)));
            }
        });
        for (number, span) in found {
            let Some(parameter) = reading.text.parameters.get(number as usize - 1) else {
                continue;
            };
            if parameter.value.is_constant() || !is_raw(context, parameter) {
                continue;
            }
            findings.tell(
                reading,
                span,
                "`%` and `_` in the value match anything",
                |one| {
                    one.label("a wildcard of whoever gives the value")
                        .confidence(Confidence::Likely)
                        .help("escape them: `value.replace(/[\\\\%_]/g, '\\\\$&')`")
                },
            );
        }
    }
    let mut found = findings.done();
    found.extend(insensitive::found(context));
    found
}

/// The parameter that a pattern is, or is joined from.
fn searched(pattern: &Expr) -> Option<u32> {
    match &pattern.kind {
        ExprKind::Parameter(number) => Some(*number),
        ExprKind::Cast(inner, _) => searched(inner),
        ExprKind::Binary(operator, left, right) if operator.symbol == "||" => {
            searched(left).or_else(|| searched(right))
        }
        ExprKind::Call(call) if call.name.name.text == "concat" => call
            .arguments
            .iter()
            .find_map(|argument| searched(&argument.value)),
        _ => None,
    }
}

/// Whether nothing on the way escapes: a name, a member, a template of such.
fn is_raw(context: &Context<'_>, parameter: &Parameter) -> bool {
    let Some(at) = parameter.at else { return false };
    let facts = context.project.modules.facts(at.module);
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Template { values, .. } => values.iter().all(|id| {
            matches!(
                facts.expression(facts.unwrap_casts(*id)),
                Expression::Identifier { .. } | Expression::Member { .. }
            )
        }),
        Expression::Identifier { .. } | Expression::Member { .. } => {
            matches!(parameter.value, Value::Opaque(_))
        }
        _ => false,
    }
}
