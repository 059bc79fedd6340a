//! `NOT IN` over values that may be null.

use snell_flow::raw::Reading;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    analyze::{self, ResultColumn},
    ast::{ExprKind, Part, Query, walk_statement},
};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/not-in-nullable",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "`NOT IN` over a sub-query that may give null",
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
        let mut found: Vec<&Query> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && let ExprKind::InQuery(_, query, false) = &expr.kind
            {
                found.push(query);
            }
        });
        for query in found {
            let catalog = reading::catalog(context, reading);
            let shape = analyze::query(query, catalog);
            let [column] = shape.columns.as_slice() else {
                continue;
            };
            if !takes_null(context, reading, column) {
                continue;
            }
            let message = format!(
                "`NOT IN` is never true once `{}` is null in a row",
                column.name
            );
            findings.tell(reading, query.span, message, |mut one| {
                one = one.label("a single null here, and no row passes");
                if let Some((table, number)) = column.source
                    && let Some(at) = reading::origin(context, reading, table, Some(number))
                {
                    one = one.related(at, "may be null");
                }
                one.help("write `NOT EXISTS (SELECT ... WHERE ...)`, or leave nulls out: `WHERE ... IS NOT NULL`")
            });
        }
    }
    findings.done()
}

/// Whether the column hands a nullable column through, no condition keeping nulls out.
fn takes_null(context: &Context<'_>, reading: &Reading, column: &ResultColumn) -> bool {
    let Some((table, number)) = column.source else {
        return false;
    };
    let table = reading::catalog(context, reading).table(table);
    let found = table.and_then(|table| table.column_at(number));
    !column.not_null && found.is_some_and(|found| !found.not_null && !found.uncertain)
}
