//! Indexes, conventions and the lives of rows, as an audit lists them.

use std::collections::BTreeSet;

use snell_correlate::{
    Conventions, DerivedColumn, FieldLives, IndexFact, Life, ProposedIndex, QueryShape,
    TableIndexes, VectorSearch,
};
use snell_prisma::ScalarType;
use snell_project::schema::FieldRef;
use snell_report::{
    audit::{AuditFinding, tables},
    trace::Spot,
};
use snell_source::Location;

use super::{named::Named, spot};
use crate::Analysis;

/// The indexes of all tables.
pub(super) fn indexes(analysis: &Analysis, found: Vec<TableIndexes>) -> Vec<tables::IndexTable> {
    found
        .into_iter()
        .map(|table| {
            let model = analysis.project.schemas.model(table.model);
            tables::IndexTable {
                model: model.name.to_string(),
                table: model.db_name.to_string(),
                growth: table.growth,
                indexes: table
                    .indexes
                    .into_iter()
                    .map(|one| index(analysis, one))
                    .collect(),
                proposed: table
                    .proposed
                    .into_iter()
                    .map(|one| proposed(analysis, one))
                    .collect(),
            }
        })
        .collect()
}

/// Columns that follow from others.
pub(super) fn derived(
    analysis: &Analysis,
    found: Vec<DerivedColumn>,
) -> Vec<tables::DerivedColumn> {
    found
        .into_iter()
        .map(|one| {
            let schema = analysis.project.schemas.get(one.model.schema);
            let field = &schema.datamodel[one.field];
            let written: BTreeSet<Spot> =
                one.written.iter().map(|at| spot(analysis, *at)).collect();
            tables::DerivedColumn {
                model: analysis.project.schemas.model(one.model).name.to_string(),
                field: field.name.to_string(),
                spot: spot(analysis, schema.field_name(field)),
                why: one.why,
                written: written.into_iter().collect(),
            }
        })
        .collect()
}

/// The searches by distance.
pub(super) fn searches(analysis: &Analysis, found: Vec<VectorSearch>) -> Vec<tables::VectorSearch> {
    found
        .into_iter()
        .map(|one| tables::VectorSearch {
            spot: spot(analysis, one.at),
            table: one.table,
            column: one.column,
            filters: one.filters,
            found_by: one.found_by,
            indexes: one.indexes,
            can_be_served: one.can_be_served,
            bounded: one.bounded,
            of_one_person: one.of_one_person,
        })
        .collect()
}

fn index(analysis: &Analysis, one: IndexFact) -> tables::IndexRow {
    tables::IndexRow {
        purpose: purpose(&one),
        uses: uses(analysis, &one.queries),
        columns: one
            .columns
            .into_iter()
            .map(|column| column.unwrap_or_else(|| "an expression".to_owned()))
            .collect(),
        name: one.name,
        database_name: one.db_name,
        kind: one.kind.to_owned(),
        declared: one.declared,
        plain: one.plain,
        method: one.method,
        standing: one.standing.to_owned(),
        instead: one.instead,
        spot: spot(analysis, one.at),
    }
}

/// What an index is for: its key, foreign keys, what queries ask.
fn purpose(one: &IndexFact) -> Vec<String> {
    let mut found = Vec::new();
    match one.kind {
        "primary key" => found.push("tells rows apart".to_owned()),
        "unique" => found.push("keeps values apart".to_owned()),
        _ => {}
    }
    for key in &one.foreign_keys {
        found.push(format!("finds the rows of a deleted `{key}`"));
    }
    let shapes: BTreeSet<String> = one.queries.iter().map(words).collect();
    found.extend(shapes.into_iter().filter(|shape| !shape.is_empty()));
    found
}

/// `agent_id =, user_id =; by created_at DESC`
fn words(shape: &QueryShape) -> String {
    let mut conditions: Vec<String> = Vec::new();
    let mut say = |columns: &[String], sign: &str| {
        let columns = columns.iter();
        conditions.extend(columns.map(|column| format!("`{column}`{sign}")));
    };
    say(&shape.equal, " =");
    say(&shape.listed, " of a list");
    say(&shape.ranged, " in a range");
    say(&shape.compared, " compared otherwise");
    let mut text = conditions.join(", ");
    if !shape.order.is_empty() {
        let order = shape.order.join(", ").replace('"', "");
        text.push_str(&format!(" in the order `{order}`"));
    }
    text.trim().to_owned()
}

fn uses(analysis: &Analysis, queries: &[QueryShape]) -> Vec<Spot> {
    let places = queries.iter().flat_map(|query| &query.places);
    let found: BTreeSet<Spot> = places.map(|at| spot(analysis, *at)).collect();
    found.into_iter().collect()
}

fn proposed(analysis: &Analysis, one: ProposedIndex) -> tables::ProposedIndex {
    tables::ProposedIndex {
        uses: uses(analysis, &one.queries),
        columns: one.columns,
        prisma: one.prisma,
        sql: one.sql,
        lacks: one.lacks.to_owned(),
        replaces: one.replaces,
    }
}

/// What most parts have in common.
pub(super) fn conventions(analysis: &Analysis, found: &Conventions) -> Vec<tables::Convention> {
    let patterns = found.iter().flat_map(|schema| &schema.patterns);
    patterns
        .map(|pattern| tables::Convention {
            about: pattern.about.as_str().to_owned(),
            is: pattern.is.to_string(),
            holds: pattern.holds,
            of: pattern.of,
            declared: pattern.declared,
            departures: pattern
                .departures
                .iter()
                .map(|one| {
                    let at = spot(analysis, one.at);
                    (one.name.to_string(), one.is.to_string(), at)
                })
                .collect(),
        })
        .collect()
}

/// How rows come and go.
pub(super) fn lives(
    analysis: &Analysis,
    found: Vec<Life>,
    fields: &FieldLives,
    (named, findings): (&Named, &[AuditFinding]),
) -> Vec<tables::Life> {
    let place = |at: Option<Location>| at.map(|at| spot(analysis, at));
    let schemas = &analysis.project.schemas;
    found
        .into_iter()
        .map(|life| {
            let model = schemas.model(life.model);
            let time = |words: &[&str]| {
                model.columns().any(|field| {
                    let name = field.name.to_ascii_lowercase();
                    field.scalar() == Some(ScalarType::DateTime)
                        && words.iter().any(|word| name.contains(word))
                })
            };
            let parts = life.parts.into_iter().map(|part| {
                let columns = part.columns.into_iter().map(|(what, field)| {
                    let field = &schemas.get(life.model.schema).datamodel[field];
                    (what.to_owned(), field.name.to_string())
                });
                (part.name.to_owned(), columns.collect())
            });
            tables::Life {
                growth: life.growth,
                made: place(life.made),
                endpoints: life.endpoints as usize,
                in_background: life.in_background,
                many: life.many,
                changed: place(life.changed),
                taken: place(life.taken),
                swept: place(life.swept),
                emptied: place(life.emptied),
                with: life
                    .with
                    .map(|(above, at)| (schemas.model(above).name.to_string(), spot(analysis, at))),
                parts: parts.collect(),
                dated: (
                    time(&["created", "inserted", "timestamp", "date"]),
                    model.columns().any(|field| field.updated_at.is_some()) || time(&["updated"]),
                ),
                ranged: model.columns().any(|field| {
                    let name = field.name.to_ascii_lowercase();
                    let life = fields.field(FieldRef {
                        schema: life.model.schema,
                        field: field.id,
                    });
                    field.scalar() == Some(ScalarType::DateTime)
                        && ["created", "inserted", "timestamp"]
                            .iter()
                            .any(|word| name.contains(word))
                        && !life.filtered.is_empty()
                }),
                bounded: schemas
                    .get(life.model.schema)
                    .datamodel
                    .bounded_by(model)
                    .map(|parent| parent.name.to_string()),
                findings: named
                    .of_model(&model.name)
                    .map(|n| findings[n].id.clone())
                    .collect(),
                texts: life
                    .texts
                    .iter()
                    .map(|field| {
                        let datamodel = &schemas.get(life.model.schema).datamodel;
                        datamodel[*field].name.to_string()
                    })
                    .collect(),
                model: model.name.to_string(),
            }
        })
        .collect()
}
