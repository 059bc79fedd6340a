//! A list where single values are wanted.

use snell_extract::facts::Expression;
use snell_flow::raw::{JsKind, JsTypes, Parameter};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind, Part, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/array-parameter",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A whole list is sent as one value of `IN`",
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
        let types = JsTypes::new(context.project, reading.schema);
        let mut items: Vec<&Expr> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && let ExprKind::InList(_, list, _) = &expr.kind
                && let [only] = list.as_slice()
            {
                items.push(only);
            }
        });
        for item in items {
            let ExprKind::Parameter(number) = item.kind else {
                continue;
            };
            let Some(parameter) = reading.text.parameters.get(number as usize - 1) else {
                continue;
            };
            if parameter.list || parameter.element || parameter.perhaps_fragment {
                continue;
            }
            let ty = types.value(&parameter.value, parameter.at);
            let what = match ty.only() {
                Some(JsKind::List(_)) => "a list is sent as one value",
                _ if is_joined(context, parameter) => "the joined text is sent as one value",
                _ => continue,
            };
            findings.tell(reading, item.span, format!("`IN (...)`: {what}"), |one| {
                one.label("one parameter, whatever it holds")
                    .help("write `IN (${Prisma.join(values)})`, or `= ANY(${values})`")
            });
        }
    }
    findings.done()
}

/// `ids.join(',')`
fn is_joined(context: &Context<'_>, parameter: &Parameter) -> bool {
    let Some(at) = parameter.at else { return false };
    let facts = context.project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(facts.unwrap_casts(at.id)) else {
        return false;
    };
    matches!(facts.expression(*callee), Expression::Member { property, .. } if property.text == "join")
}
