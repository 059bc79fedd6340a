//! A named part of a query that nothing names.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{
    CommonTable, FromItem, Part, QueryBody, Statement, walk_query, walk_statement,
};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unused-cte",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A raw query has a `WITH` that nothing reads",
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
        for table in unused(statement) {
            let message = format!("nothing reads `{}`", table.name.text);
            findings.tell(reading, table.name.span, message, |one| {
                one.label("the database leaves it out")
                    .help("leave it out of the text, too, or read from it")
            });
        }
    }
    findings.done()
}

/// The parts that no other part of the statement names.
fn unused(statement: &Statement) -> Vec<&CommonTable> {
    let mut tables: Vec<&CommonTable> = Vec::new();
    walk_statement(statement, &mut |part| {
        if let Part::Query(query) = part {
            tables.extend(query.with.iter().flat_map(|with| &with.tables));
        }
    });
    tables.extend(of_change(statement));
    let all = names(statement);
    tables
        .into_iter()
        .filter(|table| {
            // What it reads of itself is no use.
            let mut own = Vec::new();
            walk_query(&table.query, &mut |part| own.extend(count_names(part)));
            let count = |names: &[&str]| {
                let name = table.name.text.as_str();
                names.iter().filter(|one| **one == name).count()
            };
            // One that changes rows runs whoever reads it.
            let changes = matches!(table.query.body, QueryBody::Modify(_));
            !changes && count(&all) == count(&own)
        })
        .collect()
}

/// The parts before a statement that changes rows.
fn of_change(statement: &Statement) -> impl Iterator<Item = &CommonTable> {
    use snell_sql::ast::StatementKind as Kind;
    let with = match &statement.kind {
        Kind::Insert(insert) => insert.with.as_ref(),
        Kind::Update(update) => update.with.as_ref(),
        Kind::Delete(delete) => delete.with.as_ref(),
        Kind::Merge(merge) => merge.with.as_ref(),
        _ => None,
    };
    with.into_iter().flat_map(|with| &with.tables)
}

/// The names without a schema that a statement reads.
fn names(statement: &Statement) -> Vec<&str> {
    let mut all = Vec::new();
    walk_statement(statement, &mut |part| all.extend(count_names(part)));
    all
}

fn count_names(part: Part<'_>) -> Option<&str> {
    match part {
        Part::From(FromItem::Table(name, _)) if name.schema.is_none() => Some(&name.name.text),
        Part::Query(query) => match &query.body {
            QueryBody::Table(name) if name.schema.is_none() => Some(&name.name.text),
            _ => None,
        },
        _ => None,
    }
}
