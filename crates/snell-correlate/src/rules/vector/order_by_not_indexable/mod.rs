//! An order that no vector index can serve.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::distance;
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/order-by-not-indexable",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A search sorts by an expression that no vector index can serve",
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
            let grouped = match &sorted.query.body {
                snell_sql::ast::QueryBody::Select(select) => {
                    !select.group_by.is_empty() || select.distinct.is_some()
                }
                _ => true,
            };
            let why = if sorted.bare.is_none() {
                "an expression around the distance"
            } else if sorted.item.descending {
                "the farthest first"
            } else if sorted.item.nulls_first == Some(true) {
                "`NULLS FIRST`"
            } else if sorted.position > 0 {
                "another key comes first"
            } else {
                continue;
            };
            // Sorting what was found, grouped or few anyway, needs no index.
            if grouped || sorted.query.limit.is_none() {
                continue;
            }
            let message = "no vector index can serve this order";
            findings.tell(reading, sorted.item.expr.span, message, |mut one| {
                one = one.label(why);
                if sorted.item.expr.span != sorted.expr.span {
                    let at = reading.place(context.project, sorted.expr.span);
                    one = one.related(at, "sorted by this");
                }
                let (table, number) = sorted.column;
                if let Some(at) = reading::origin(context, reading, table, Some(number)) {
                    one = one.related(at, "the vectors");
                }
                one.help("sort by the bare distance, ascending: `ORDER BY embedding <=> ${vector}::vector LIMIT 10`; a similarity may stand in the `SELECT` list")
            });
        }
    }
    findings.done()
}
