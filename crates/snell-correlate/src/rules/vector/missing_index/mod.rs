//! A nearest-neighbour search without an index.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{distance, filtered_search, kept};
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
    support::deployed,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/missing-index",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A nearest-neighbour search has no vector index to serve it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    // The schema cannot describe such an index: what pushes it leaves out those of migrations.
    let pushed = deployed::pushes_only(context.project);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        // Only migrations say which indexes there are: the schema cannot.
        if !context.databases.get(reading.schema).migrated {
            continue;
        }
        let catalog = reading::catalog(context, reading);
        for sorted in distance::sorted(reading, catalog) {
            let (table, number) = sorted.column;
            let (Some(relation), Some(column)) = (
                catalog.relation(table),
                catalog
                    .table(table)
                    .and_then(|table| table.column_at(number)),
            ) else {
                continue;
            };
            let is_first = sorted.bare.is_some() && sorted.position == 0 && !sorted.item.descending;
            if !is_first
                || sorted.query.limit.is_none()
                || !pushed && !distance::indexes(catalog, sorted.column).is_empty()
            {
                continue;
            }
            if filtered_search::finds_rows_of_one(context, reading, catalog, &sorted) {
                continue;
            }
            let among = filtered_search::found_by(catalog, &sorted);
            let kind = catalog.type_name(column.data_type.id);
            let class = distance::class(&kind, sorted.measure);
            let message = format!(
                "no hnsw or ivfflat index is on `{}.{}`, which the query searches",
                relation.name, column.name
            );
            findings.tell(reading, sorted.item.expr.span, message, |mut one| {
                one = one.label(match &among {
                    Some(column) => {
                        format!("the distance of every row that `{column}` leaves is computed")
                    }
                    None => "the distance of every row is computed".to_owned(),
                });
                if let Some(at) = reading::origin(context, reading, table, Some(number)) {
                    one = one.related(at, "the vectors");
                }
                let table = reading::quoted(&relation.name);
                let kept::Kept { target, search } = kept::form(column, &kind, &class);
                one = one
                    .help(format!(
                        "create one: `CREATE INDEX CONCURRENTLY ON {table} USING hnsw {target}`, alone in its migration; {search}"
                    ))
                    .help("in this form `prisma migrate dev` does not drop it");
                if let Some(column) = &among {
                    one = one.note(format!("an approximate index finds the nearest rows first and looks at `{column}` after: search with `SET LOCAL hnsw.iterative_scan = strict_order` (pgvector 0.8) then, or keep the exact search while one `{column}` has few rows"));
                }
                if pushed {
                    one = one.note("deployments push the schema, and run no migration that makes one");
                }
                one.lowered(
                    Severity::Medium,
                    "how many rows a search compares is not known here: below some ten thousand an exact search may do",
                )
            });
        }
    }
    findings.done()
}
