//! A `bigint` column that the code takes for a number.

mod overflow;

use snell_flow::raw::{JsKind, UseKind};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    reading::Findings,
    rows::{self, Undeclared},
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/bigint-result",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw query returns a `bigint` where the code expects a number",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for found in rows::undeclared(context) {
        used(context, &found, &mut findings);
    }
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
                if let Some(why) = rows::harmless(context, reading, &pair.member.name) {
                    one = one.lowered(Severity::Low, why);
                } else if rows::is_converted_by_type(context, reading, pair.member) {
                    one = one.lowered(Severity::Low, rows::CONVERTED);
                }
                one.note("`JSON.stringify` throws on a bigint, and `bigint + 1` is a TypeError")
                    .help("cast it in SQL, `::int` or `::float8`, or declare `bigint` and convert with `Number(...)`")
            });
        }
    }
    overflow::find(context, &mut findings);
    findings.done()
}

/// What the code does with bigints of rows that nothing declares.
fn used(context: &Context<'_>, found: &Undeclared<'_>, findings: &mut Findings<'_, '_>) {
    let reading = found.reading;
    for column in &reading.facts.columns {
        if !rows::is_bigint(context, reading, column) {
            continue;
        }
        for one in &found.uses {
            let whole = one.name.is_empty();
            let message = match one.kind {
                UseKind::Arithmetic if one.name == column.name => {
                    format!(
                        "`{}` is a `bigint`: arithmetic with a number throws",
                        column.name
                    )
                }
                UseKind::Json if whole || one.name == column.name => {
                    format!("`{}` is a `bigint`: `JSON.stringify` throws", column.name)
                }
                _ => continue,
            };
            let sql = column.span.text(&reading.text.text);
            findings.tell_at(reading, one.at, message, |told| {
                told.label("a TypeError when the program runs")
                    .related(
                        reading.place(context.project, column.span),
                        format!("`{}` is `bigint` in PostgreSQL", functions::short(sql)),
                    )
                    .help("cast it in SQL, `::int` or `::float8`, or convert it with `Number(...)`")
            });
        }
    }
}
