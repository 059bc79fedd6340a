//! A declared row that the query does not return.

use snell_flow::raw::{JsKind, Member, Reading, UseKind};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    reading::{self, Findings},
    rows::{self, Declared, Undeclared},
};
use crate::{
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/type-argument-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw query returns something else than its type argument says",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for found in rows::undeclared(context) {
        unfilled(context, &found, &mut findings);
    }
    for declared in rows::declared(context) {
        let reading = declared.reading;
        if declared.has_no_rows() {
            let at = reading.method(context.project);
            let message = "the statement returns no rows: the result is always `[]`";
            findings.tell_at(reading, at, message, |one| {
                one.label("wants rows")
                    .related(declared.row.at, "declared here")
                    .help("add `RETURNING`, or use `$executeRaw`, which gives the number of rows")
            });
            continue;
        }
        if !declared.row.list {
            let message = "the result is a list of rows, declared as a single one";
            findings.tell_at(reading, declared.row.at, message, |one| {
                one.label("not a list")
                    .related(reading.method(context.project), "always gives a list")
                    .help("declare a list, `Row[]`, and take the first row of it")
            });
            continue;
        }
        missing(context, &declared, &mut findings);
        types(context, &declared, &mut findings);
    }
    findings.done()
}

/// What the code reads of rows that nothing declares, and that no column fills.
fn unfilled(context: &Context<'_>, rows: &Undeclared<'_>, findings: &mut Findings<'_, '_>) {
    let reading = rows.reading;
    if !reading.facts.complete || reading.facts.columns.is_empty() {
        return;
    }
    for one in rows.uses.iter().filter(|one| one.kind == UseKind::Read) {
        if !lacks(context, reading, &one.name) {
            continue;
        }
        let columns = &reading.facts.columns;
        let folded = columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&one.name));
        let message = format!(
            "`{}` is `undefined`: the query returns no such column",
            one.name
        );
        findings.tell_at(reading, one.at, message, |found| {
            let found = found.label("read here");
            match folded {
                Some(column) => found
                    .related(
                        reading.place(context.project, column.span),
                        format!("comes back as `{}`", column.name),
                    )
                    .help(format!(
                        "PostgreSQL folds names without quotes to lower case: write `AS \"{}\"`",
                        one.name
                    )),
                None => {
                    let names = columns.iter().map(|column| column.name.as_str());
                    let near = snell_source::closest(&one.name, names);
                    let found = found.related(reading.method(context.project), "the query");
                    match near {
                        Some(near) => found.help(format!("the query returns `{near}`")),
                        None => found.help("select it, and give the query a type argument"),
                    }
                }
            }
        });
    }
}

/// Whether no text of a query returns a column of this name.
fn lacks(context: &Context<'_>, reading: &Reading, name: &str) -> bool {
    reading::unread(context, reading).all(|text| !text.text.contains(name))
        && reading::of_query(context, reading)
            .iter()
            .all(|other| other.facts.complete && other.facts.columns.iter().all(|c| c.name != name))
}

/// Members that no column fills: `undefined` in every row.
fn missing(context: &Context<'_>, declared: &Declared<'_>, findings: &mut Findings<'_, '_>) {
    let reading = declared.reading;
    let absent = declared.missing();
    // Every text of the query must lack it.
    let lacked: Vec<&Member> = absent
        .into_iter()
        .filter(|member| lacks(context, reading, &member.name))
        .collect();
    // What one statement lacks is one fault.
    let Some((first, others)) = lacked.split_first() else {
        return;
    };
    let columns = &reading.facts.columns;
    let folded = |member: &Member| {
        columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&member.name))
    };
    let names: Vec<String> = lacked.iter().map(|one| format!("`{}`", one.name)).collect();
    let verb = if others.is_empty() { "is" } else { "are" };
    let message = format!("{} {verb} `undefined` in every row", wording::and(&names));
    findings.tell_at(reading, first.at, message, |one| {
        let mut one = one.label("declared, and not returned");
        for other in others.iter().take(4) {
            one = one.related(other.at, "neither is this");
        }
        if let Some(column) = folded(first) {
            let quoted: Vec<String> = lacked
                .iter()
                .filter(|member| folded(member).is_some())
                .map(|member| format!("`AS \"{}\"`", member.name))
                .collect();
            return one
                .related(
                    reading.place(context.project, column.span),
                    format!("comes back as `{}`", column.name),
                )
                .help(format!(
                    "PostgreSQL folds names without quotes to lower case: write {}",
                    wording::and(&quoted)
                ));
        }
        let read = |member: &&Member| rows::is_read(context, reading, &member.name);
        if !lacked.iter().any(read) {
            one = one.lowered(
                Severity::Medium,
                "nothing beside the query reads it: whoever is handed the rows may",
            );
        }
        let names = columns.iter().map(|column| column.name.as_str());
        let near = snell_source::closest(&first.name, names);
        let one = one.related(reading.method(context.project), "the query");
        match near {
            Some(near) => one.help(format!(
                "the query returns `{near}`: rename one of both, or add `AS \"{}\"`",
                first.name
            )),
            None => one.help("select it, or take it out of the type"),
        }
    });
}

fn types(context: &Context<'_>, declared: &Declared<'_>, findings: &mut Findings<'_, '_>) {
    let reading = declared.reading;
    for pair in declared.pairs(context) {
        let Some((wanted, actual)) = pair.conflict() else {
            continue;
        };
        // `raw-sql/bigint-result` tells of these.
        if *actual == JsKind::BigInt {
            continue;
        }
        let sql = rows::sql_type(context, reading, pair.column);
        let message = format!(
            "`{}` is a `{}`, declared as `{}`",
            pair.member.name,
            rows::spelled(actual),
            rows::spelled(wanted)
        );
        findings.tell_at(reading, pair.member.at, message, |mut one| {
            one = one.label("declared here").related(
                reading.place(context.project, pair.column.span),
                format!("`{sql}`"),
            );
            if let Some(at) = rows::source(context, reading, pair.column) {
                one = one.related(at, "the column");
            }
            if let Some(why) = rows::harmless(context, reading, &pair.member.name) {
                one = one.lowered(Severity::Low, why);
            }
            if (wanted, actual) == (&JsKind::BigInt, &JsKind::Number) {
                one = one.lowered(
                    Severity::Medium,
                    "`Number(...)` takes both; only arithmetic with a `bigint` throws",
                );
            }
            one.help(format!(
                "declare `{}`, or cast the column",
                rows::spelled(actual)
            ))
        });
    }
}
