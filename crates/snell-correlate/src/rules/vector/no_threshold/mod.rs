//! A search that gives rows however far away they are.

use snell_flow::raw::Reading;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ExprKind, Part, walk_statement};

use super::distance;
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/no-threshold",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A search gives the nearest rows, however far away they are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let catalog = reading::catalog(context, reading);
        for sorted in distance::sorted(reading, catalog) {
            // What a similarity is selected for may be compared in the code.
            if sorted.query.limit.is_none() || !sorted.outermost || asks(reading) {
                continue;
            }
            let message = "the search gives its nearest rows even where nothing is near";
            findings.tell(reading, sorted.item.expr.span, message, |one| {
                one.label("sorted by distance, and compared with nothing")
                    .help("leave out what is far away: `WHERE embedding <=> ${v}::vector < 0.5`")
            });
        }
    }
    findings.done()
}

/// Whether a statement compares a distance, or hands one over.
fn asks(reading: &Reading) -> bool {
    let mut asks = false;
    if let Some(statement) = reading.statement() {
        walk_statement(statement, &mut |part| match part {
            Part::Expr(expr) => {
                if let ExprKind::Binary(operator, left, right) = &expr.kind {
                    asks |= matches!(operator.symbol.as_str(), "<" | "<=" | ">" | ">=")
                        && (distance::holds(left) || distance::holds(right));
                }
            }
            Part::Query(query) => {
                if let snell_sql::ast::QueryBody::Select(select) = &query.body {
                    asks |= select
                        .targets
                        .iter()
                        .any(|target| distance::holds(&target.expr));
                }
            }
            _ => {}
        });
    }
    asks
}
