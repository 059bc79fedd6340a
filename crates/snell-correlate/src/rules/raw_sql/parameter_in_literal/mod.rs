//! A placeholder between quotes.

use snell_flow::raw::RawForm;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{Expr, ExprKind, Part, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/parameter-in-literal",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A value stands between quotes, where its placeholder is plain text",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let form = reading::query(context, reading).map(|query| query.form);
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut literals: Vec<&Expr> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && matches!(expr.kind, ExprKind::String(_))
            {
                literals.push(expr);
            }
        });
        let placeholders: Vec<Span> = match form {
            Some(RawForm::Tagged | RawForm::Fragment) => reading
                .text
                .placeholders()
                .map(|(piece, _)| Span::new(piece.start, piece.end))
                .collect(),
            _ => continue,
        };
        for placeholder in placeholders {
            let Some(literal) = literals.iter().find(|l| l.span.contains(placeholder)) else {
                continue;
            };
            let interval = literal.span.text(&reading.text.text).to_lowercase();
            let is_interval = ["day", "hour", "minute", "second", "month", "week", "year"]
                .iter()
                .any(|unit| interval.contains(unit));
            let help = if is_interval {
                "compute it from the value: `make_interval(days => ${n}::int)`, or `${n} * interval '1 day'`"
            } else {
                "take the whole text as a value: `LIKE ${`%${text}%`}`, or join it: `'%' || ${text} || '%'`"
            };
            findings.tell(reading, placeholder, "a value stands inside a string literal", |one| {
                one.label("the server reads the characters `$n` here, and one value too many is sent (08P01)")
                    .help(help)
            });
        }
    }
    findings.done()
}
