//! A `bigint` column that the code takes for a number.

use snell_flow::raw::JsKind;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    reading::Findings,
    rows::{self},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/bigint-result",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw query returns a `bigint` where the code expects a number",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for declared in rows::declared(context) {
        let reading = declared.reading;
        for pair in declared.pairs(context) {
            let Some((wanted, JsKind::BigInt)) = pair.conflict() else {
                continue;
            };
            let sql = pair.column.span.text(&reading.text.text);
            let message = format!(
                "`{}` is a `bigint` when the program runs, declared as `{}`",
                pair.member.name,
                rows::spelled(wanted)
            );
            findings.tell_at(reading, pair.member.at, message, |mut one| {
                one = one.label("declared here").related(
                    reading.place(context.project, pair.column.span),
                    format!("`{sql}` is `bigint` in PostgreSQL"),
                );
                if let Some(at) = rows::source(context, reading, pair.column) {
                    one = one.related(at, "the column");
                }
                one.note("`JSON.stringify` throws on a bigint, and `bigint + 1` is a TypeError")
                    .help("cast it in SQL, `::int` or `::float8`, or declare `bigint` and convert with `Number(...)`")
            });
        }
    }
    findings.done()
}
