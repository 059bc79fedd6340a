//! `snell facts indexes`: the indexes of each table, what uses them, and those that are missing.

use serde::Serialize;
use snell_correlate::{IndexFact, ProposedIndex, QueryShape, index_facts};
use snell_source::Location;

use super::place::Place;
use crate::Analysis;

/// One table; the position is that of the model's name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Table<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// The model.
    pub model: &'a str,
    /// The table.
    pub table: &'a str,
    /// How it grows.
    pub growth: Growth<'a>,
    /// The indexes that are there.
    pub indexes: Vec<Index<'a>>,
    /// Those that are missing.
    pub proposed: Vec<Proposed<'a>>,
}

/// How a table grows, and where that shows.
#[derive(Debug, Serialize)]
pub struct Growth<'a> {
    /// `append-only`, `by action`, `by owner`, `catalogue`, `configuration`
    pub class: String,
    /// Where rows are added.
    pub made: Option<Place<'a>>,
    /// Where they are taken away.
    pub taken: Option<Place<'a>>,
    /// Where old ones are.
    pub swept: Option<Place<'a>>,
}

/// An index.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Index<'a> {
    /// Where it is made.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// What messages call it.
    pub name: String,
    /// What the database calls it.
    pub name_in_database: Option<String>,
    /// `primary key`, `unique`, `index`
    pub kind: &'static str,
    /// Whether the schema declares it.
    pub declared: bool,
    /// `btree`, `gin`, ...
    pub method: String,
    /// Its columns in the database.
    pub columns: Vec<Option<String>>,
    /// What it is, in one word.
    pub standing: &'static str,
    /// What would do in its place.
    pub instead: Option<String>,
    /// Relation fields whose key it serves.
    pub foreign_keys: Vec<String>,
    /// The queries that use it.
    pub queries: Vec<Query<'a>>,
}

/// An index that is missing.
#[derive(Debug, Serialize)]
pub struct Proposed<'a> {
    /// Its columns as SQL.
    pub columns: String,
    /// What the schema would say.
    pub prisma: Option<String>,
    /// What makes it on a table in use.
    pub sql: String,
    /// What there is not.
    pub lacks: &'static str,
    /// Indexes that could go.
    pub replaces: Vec<String>,
    /// The queries that it serves.
    pub queries: Vec<Query<'a>>,
}

/// What some places ask of the table.
#[derive(Debug, Serialize)]
pub struct Query<'a> {
    /// The places.
    pub places: Vec<Place<'a>>,
    /// Columns that equal one value.
    pub equal: Vec<String>,
    /// Columns that equal one of several.
    #[serde(rename = "in")]
    pub listed: Vec<String>,
    /// Columns within bounds.
    pub range: Vec<String>,
    /// Columns that are compared in another way.
    pub other: Vec<String>,
    /// The order.
    pub order: Vec<String>,
    /// Whether only so many rows are taken.
    pub limited: bool,
    /// How many of the index's first columns it fixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixes: Option<usize>,
    /// Whether the index has its order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sorted: Option<bool>,
}

/// All tables of PostgreSQL schemas, in the order of the schemas.
#[must_use]
pub fn indexes(analysis: &Analysis) -> Vec<Table<'_>> {
    let place = |at: Location| Place::of(analysis, at);
    let found = analysis.within(index_facts).into_iter().map(|table| {
        let schemas = &analysis.project.schemas;
        let model = schemas.model(table.model);
        Table {
            place: place(schemas.get(table.model.schema).model_name(model)),
            model: &model.name,
            table: &model.db_name,
            growth: Growth {
                class: table.growth,
                made: table.made.map(place),
                taken: table.taken.map(place),
                swept: table.swept.map(place),
            },
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
    });
    found.collect()
}

fn index(analysis: &Analysis, one: IndexFact) -> Index<'_> {
    Index {
        place: Place::of(analysis, one.at),
        name: one.name,
        name_in_database: one.db_name,
        kind: one.kind,
        declared: one.declared,
        method: one.method,
        columns: one.columns,
        standing: one.standing,
        instead: one.instead,
        foreign_keys: one.foreign_keys,
        queries: one
            .queries
            .into_iter()
            .map(|query| shape(analysis, query))
            .collect(),
    }
}

fn proposed(analysis: &Analysis, one: ProposedIndex) -> Proposed<'_> {
    Proposed {
        columns: one.columns,
        prisma: one.prisma,
        sql: one.sql,
        lacks: one.lacks,
        replaces: one.replaces,
        queries: one
            .queries
            .into_iter()
            .map(|query| shape(analysis, query))
            .collect(),
    }
}

fn shape(analysis: &Analysis, query: QueryShape) -> Query<'_> {
    Query {
        places: query
            .places
            .into_iter()
            .map(|at| Place::of(analysis, at))
            .collect(),
        equal: query.equal,
        listed: query.listed,
        range: query.ranged,
        other: query.compared,
        order: query.order,
        limited: query.limited,
        fixes: query.bound,
        sorted: query.sorts,
    }
}
