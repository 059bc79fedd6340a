//! The queries, raw texts, fields and mirrors, as an audit lists them.

use snell_correlate::{Contract, FieldLives};
use snell_report::{
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

/// The texts of raw queries, tests left out.
pub(super) fn raw(analysis: &Analysis) -> Vec<RawQuery> {
    let texts = facts::raw_sql(analysis).into_iter();
    texts
        .filter(|text| !text.test)
        .map(|text| RawQuery {
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

/// What becomes of each column.
pub(super) fn fields(analysis: &Analysis, lives: &FieldLives) -> Vec<Field> {
    let fields = facts::fields_of(analysis, lives).into_iter();
    fields
        .map(|field| Field {
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
