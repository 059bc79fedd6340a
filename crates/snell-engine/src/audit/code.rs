//! The queries, raw texts, fields and mirrors, as an audit lists them.

use std::collections::BTreeMap;

use snell_correlate::{Contract, FieldLives};
use snell_report::{
    Report,
    audit::{Field, Mirror, Query, RawQuery, Way},
    trace::Spot,
};

use crate::{
    Analysis,
    facts::{self, Place},
};

fn spot(place: &Place<'_>) -> Spot {
    Spot {
        file: place.file.to_owned(),
        line: place.line,
    }
}

/// Every query of production code, in the order of files and places.
pub(super) fn queries(analysis: &Analysis) -> Vec<Query> {
    let queries = facts::queries(analysis).into_iter();
    queries
        .filter(|query| !query.test)
        .flat_map(|query| {
            let one = Query {
                spot: spot(&query.place),
                model: query.model,
                operation: query.operation.to_owned(),
                owned: query.owned,
                ways: query
                    .paths
                    .into_iter()
                    .map(|way| Way {
                        endpoint: way.endpoint.to_owned(),
                        verdict: way.verdict.to_owned(),
                        reason: way.reason,
                    })
                    .collect(),
                verdict: match query.idle {
                    true => "NotCalled".to_owned(),
                    false => query.verdict.to_owned(),
                },
            };
            // Raw SQL asks each table that it names.
            let tables = query.tables.into_iter();
            let of_tables = tables.map(|table| Query {
                model: Some(table),
                owned: true,
                ..one.clone()
            });
            let mut all: Vec<Query> = of_tables.collect();
            if all.is_empty() {
                all.push(one);
            }
            all
        })
        .collect()
}

/// Rules that say of a write that what it refers to may be anybody's.
const REFERS: [&str; 2] = [
    "isolation/cross-owner-reference",
    "isolation/nested-connect-unverified",
];

/// Opens the ways on which a query ties its row to a row that nobody checked: the row is the
/// asker's own, and what it refers to is not.
pub(super) fn refer(analysis: &Analysis, report: &Report, queries: &mut [Query]) {
    let found = report.findings.iter().filter(|finding| finding.is_active());
    let parts = found.flat_map(|finding| finding.parts());
    for part in parts.filter(|part| REFERS.contains(&part.rule.name)) {
        let at = super::spot(analysis, part.primary().at);
        let own = queries.iter_mut().filter(|query| query.spot == at);
        for way in own.flat_map(|query| &mut query.ways) {
            let named = part.message.contains(&format!("`{}`", way.endpoint));
            if named
                && matches!(
                    way.verdict.as_str(),
                    "Scoped" | "ScopedByParent" | "CheckedBefore"
                )
            {
                way.verdict = "RefersToAny".to_owned();
                way.reason =
                    "its row is tied to one that the client names and nobody checked".to_owned();
            }
        }
    }
}

/// The texts of raw queries, tests left out.
pub(super) fn raw(analysis: &Analysis) -> Vec<RawQuery> {
    let mut texts = facts::raw_sql(analysis);
    texts.extend(facts::unread(analysis));
    texts.sort_by(|a, b| (a.file, a.line, a.column).cmp(&(b.file, b.line, b.column)));
    texts
        .into_iter()
        .filter(|text| !text.test)
        .map(|text| RawQuery {
            parameters: placeholders(text.sql).unwrap_or(text.parameters.len()),
            reads: text.reads.keys().cloned().collect(),
            writes: text.writes.keys().cloned().collect(),
            read: text.read,
            spot: Spot {
                file: text.file.to_owned(),
                line: text.line,
            },
            method: text.method.to_owned(),
            form: text.form.to_owned(),
            whole: text.whole,
            sql: text.sql.split_whitespace().collect::<Vec<_>>().join(" "),
            errors: text
                .errors
                .iter()
                .map(|error| error.message.to_owned())
                .collect(),
        })
        .collect()
}

/// How many parameters a text takes: the highest number of a placeholder in it.
fn placeholders(sql: &str) -> Option<usize> {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit());
        rest[..end.unwrap_or(rest.len())].parse().ok()
    });
    numbers.max()
}

/// What becomes of each column.
pub(super) fn fields(analysis: &Analysis, lives: &FieldLives) -> Vec<Field> {
    let fields = facts::fields_of(analysis, lives).into_iter();
    let mut by_sql: BTreeMap<(String, String), usize> = BTreeMap::new();
    for text in facts::raw_sql(analysis)
        .into_iter()
        .filter(|text| !text.test)
    {
        for (table, columns) in text.writes {
            for column in columns {
                *by_sql.entry((table.clone(), column)).or_default() += 1;
            }
        }
    }
    let tables: BTreeMap<&str, &str> = (analysis.project.schemas.models())
        .map(|(_, _, model)| (model.name.as_str(), model.db_name.as_str()))
        .collect();
    fields
        .map(|field| Field {
            by_sql: {
                let table = tables.get(field.model).copied().unwrap_or_default();
                let key = (table.to_owned(), field.name_in_database.to_owned());
                by_sql.get(&key).copied().unwrap_or_default()
            },
            model: field.model.to_owned(),
            name: field.field.to_owned(),
            written: field.written.len(),
            elsewhere: field.maybe_written || !field.sql.is_empty(),
            asked: field.filtered.len() + field.sorted.len(),
            named: !field.named_in.is_empty() || !field.sql.is_empty(),
            front_ends: field.front_ends.len(),
            exempt: field.exempt.is_some(),
        })
        .collect()
}

/// The types that mirror models.
pub(super) fn mirrors(analysis: &Analysis, found: Vec<Contract>) -> Vec<Mirror> {
    let mirrors = facts::contracts_of(analysis, found).into_iter();
    mirrors
        .map(|mirror| Mirror {
            spot: spot(&mirror.place),
            kind: mirror.kind.to_owned(),
            model: mirror.model,
            evidence: mirror.evidence.to_owned(),
            properties: mirror.properties.as_ref().map(|properties| {
                let bound = properties
                    .iter()
                    .filter(|property| property.field.is_some());
                (properties.len(), bound.count())
            }),
            name: mirror.name,
        })
        .collect()
}
