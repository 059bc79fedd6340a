//! Two columns of one name, of which one is lost.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::ExprKind;

use super::{
    reading::{self, Findings},
    rows,
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/duplicate-column",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A raw query returns two columns of the same name",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        if !rows::is_query(context, reading) || !reading.facts.complete {
            continue;
        }
        let columns = &reading.facts.columns;
        for (n, column) in columns.iter().enumerate() {
            let Some(first) = columns[..n].iter().find(|one| one.name == column.name) else {
                continue;
            };
            // Of stars nobody reads every column; what comes twice is the same twice.
            let starred = |span| {
                reading
                    .statement()
                    .and_then(|statement| reading::culprit(statement, span))
                    .is_none_or(|expr| matches!(expr.kind, ExprKind::Star(_)))
            };
            let text = reading.text.text.as_str();
            let same = first.span.text(text) == column.span.text(text);
            if same || starred(first.span) || starred(column.span) {
                continue;
            }
            let message = format!("two columns are called `{}`", column.name);
            findings.tell(reading, column.span, message, |one| {
                one.label("the client keeps this one")
                    .related(
                        reading.place(context.project, first.span),
                        "and loses this one",
                    )
                    .help("give one of them another name: `AS ...`")
            });
        }
    }
    findings.done()
}
