//! Row locks on as many rows as there happen to be.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{Expr, ExprKind, FromItem, Part, Query, QueryBody, walk_expression, walk_statement},
    catalog::Catalog,
};

use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/row-lock-unbounded",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A query locks as many rows as there happen to be",
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
        let catalog = reading::catalog(context, reading);
        let mut found: Vec<Locked<'_>> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part {
                found.extend(locked(catalog, query));
            }
        });
        for lock in found {
            let message = match lock.condition {
                None => format!("the query locks every row of `{}`", lock.table),
                Some(_) => format!(
                    "the query locks all rows of `{}` that its condition leaves",
                    lock.table
                ),
            };
            findings.tell(reading, lock.span, message, |one| {
                let one = one.label("neither a key nor a `LIMIT` says how many rows are locked");
                let one = match lock.condition {
                    Some(condition) => {
                        let at = reading.place(context.project, condition);
                        one.related(at, "names no row")
                    }
                    None => one,
                };
                one.help("name the rows (`WHERE id = ${id}`), or take a few at a time: `LIMIT 10 FOR UPDATE SKIP LOCKED`")
            });
        }
    }
    findings.done()
}

/// A table of which a query locks rows.
struct Locked<'a> {
    table: &'a str,
    span: Span,
    /// The condition that the rows meet, when there is one.
    condition: Option<Span>,
}

/// What a query locks without a bound: rows of one table, by constants or nothing at all.
fn locked<'a>(catalog: &Catalog, query: &'a Query) -> Option<Locked<'a>> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let bounded = query.limit.is_some() || !select.group_by.is_empty();
    let [FromItem::Table(name, _)] = select.from.as_slice() else {
        return None;
    };
    if !query.locks || bounded || catalog.find_table(name).is_none() {
        return None;
    }
    if select.condition.as_ref().is_some_and(names_rows) {
        return None;
    }
    Some(Locked {
        table: &name.name.text,
        span: name.span(),
        condition: select.condition.as_ref().map(|condition| condition.span),
    })
}

/// Whether a condition takes a value of the code, asks another query, or
/// compares a key with a constant: it may name a row.
fn names_rows(condition: &Expr) -> bool {
    let mut names = false;
    walk_expression(condition, &mut |part| match part {
        Part::Query(_) => names = true,
        Part::Expr(expr) => match &expr.kind {
            ExprKind::Parameter(_) | ExprKind::Unknown | ExprKind::Call(_) => names = true,
            ExprKind::Column(parts) => {
                let column = parts.last().map_or("", |part| part.text.as_str());
                names |= column == "id" || column.ends_with("_id") || column.ends_with("Id");
            }
            _ => {}
        },
        _ => {}
    });
    names
}
