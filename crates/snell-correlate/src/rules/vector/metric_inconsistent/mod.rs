//! One column searched by two distances.

use std::collections::BTreeMap;

use snell_flow::raw::Reading;
use snell_project::schema::SchemaId;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::catalog::RelationId;

use super::distance;
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/metric-inconsistent",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The same vectors are searched by different distances",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A search: its text, where its operator stands, and what it measures.
type Search<'a> = (&'a Reading, Span, &'static str);

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut columns: BTreeMap<(SchemaId, RelationId, u16), Vec<Search<'_>>> = BTreeMap::new();
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let catalog = reading::catalog(context, reading);
        for sorted in distance::sorted(reading, catalog) {
            let (table, number) = sorted.column;
            // What an index cannot serve, `vector/opclass-mismatch` tells; two indexes are meant.
            if !distance::indexes(catalog, sorted.column).is_empty() {
                continue;
            }
            let span = sorted
                .bare
                .map_or(sorted.expr.span, |operator| operator.span);
            let searches = columns.entry((reading.schema, table, number)).or_default();
            searches.push((reading, span, sorted.measure));
        }
    }
    let mut findings = Findings::of(context, &RULE.metadata);
    for ((_, table, number), searches) in &columns {
        tell(context, searches, (*table, *number), &mut findings);
    }
    findings.done()
}

/// Tells of the searches by what fewer of them measure.
fn tell(
    context: &Context<'_>,
    searches: &[Search<'_>],
    (table, number): (RelationId, u16),
    findings: &mut Findings<'_, '_>,
) {
    let count = |measure: &str| searches.iter().filter(|(.., own)| *own == measure).count();
    // Of as many, the first one is taken for the usual one.
    let Some(usual) = searches.iter().rev().max_by_key(|(.., own)| count(own)) else {
        return;
    };
    for (reading, span, measure) in searches.iter().filter(|(.., own)| *own != usual.2) {
        let catalog = reading::catalog(context, reading);
        let column = catalog.column_name(table, number).unwrap_or_default();
        let message = format!(
            "`{column}` is searched by {}, and elsewhere by {}",
            words(measure),
            words(usual.2)
        );
        findings.tell(reading, *span, message, |one| {
            one.label(format!("{} here", words(measure)))
                .related(
                    usual.0.place(context.project, usual.1),
                    format!("{} there", words(usual.2)),
                )
                .help("take the distance that the embedding model was trained for in both: an index serves only one")
        });
    }
}

fn words(measure: &str) -> &'static str {
    match measure {
        "cosine" => "cosine distance",
        "ip" => "inner product",
        "l1" => "taxicab distance",
        "hamming" => "Hamming distance",
        "jaccard" => "Jaccard distance",
        _ => "Euclidean distance",
    }
}
