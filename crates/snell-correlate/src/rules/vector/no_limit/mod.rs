//! A nearest-neighbour search for all rows.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::distance;
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/no-limit",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A query sorts every row by distance and has no limit",
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
            if !sorted.outermost || sorted.query.limit.is_some() {
                continue;
            }
            // Another text of the query has one: the code decides.
            let limited = reading::of_query(context, reading).iter().any(|other| {
                distance::sorted(other, catalog)
                    .iter()
                    .any(|sorted| sorted.query.limit.is_some())
            });
            let message = "the search returns every row, sorted by distance";
            findings.tell(reading, sorted.item.expr.span, message, |mut one| {
                one = one.label("no `LIMIT`: no index can serve it, and every vector is read");
                let (table, number) = sorted.column;
                if let Some(at) = reading::origin(context, reading, table, Some(number)) {
                    one = one.related(at, "the vectors");
                }
                if limited {
                    one = one.lowered(Severity::Low, "the query has a limit in another case");
                }
                one.help("add `LIMIT ${n}`")
            });
        }
    }
    findings.done()
}
