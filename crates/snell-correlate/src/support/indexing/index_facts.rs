//! What is known of indexes, for other programs: `snell facts indexes`.

use snell_prisma::{FieldId, IndexKind};
use snell_project::schema::{ModelRef, Schema};
use snell_source::Location;

use crate::rule::Context;
use crate::support::{
    advice::{Advice, Lack, Proposal, Unserved, text},
    asked::Ask,
    growth::{Grown, Growths},
    index_use::{Current, CurrentIndex, Service, Standing},
    indexes::{self, TableIndex},
    tables::{self, TableModel},
};

/// A table with its indexes, and those that it should have.
#[derive(Debug)]
pub struct TableIndexes {
    /// The model.
    pub model: ModelRef,
    /// How it grows, in words.
    pub growth: String,
    /// Where the application adds rows.
    pub made: Option<Location>,
    /// Where it takes rows away.
    pub taken: Option<Location>,
    /// Where it takes old rows away.
    pub swept: Option<Location>,
    /// The indexes that are there.
    pub indexes: Vec<IndexFact>,
    /// Those that are missing.
    pub proposed: Vec<ProposedIndex>,
}

/// An index, and what it is for.
#[derive(Debug)]
pub struct IndexFact {
    /// Where it is made.
    pub at: Location,
    /// What a message calls it.
    pub name: String,
    /// Its name in the database.
    pub db_name: Option<String>,
    /// `primary key`, `unique`, `index`.
    pub kind: &'static str,
    /// Whether the schema declares it.
    pub declared: bool,
    /// Whether it is there for queries alone, and holds every row by its columns.
    pub plain: bool,
    /// `btree`, `gin`, ...
    pub method: String,
    /// Its columns as SQL has them; an expression is `null`.
    pub columns: Vec<Option<String>>,
    /// In one word.
    pub standing: &'static str,
    /// The index that makes it superfluous, or that would be in its place.
    pub instead: Option<String>,
    /// The foreign keys that it serves, by their relation fields.
    pub foreign_keys: Vec<String>,
    /// The queries that use it.
    pub queries: Vec<QueryShape>,
}

/// An index that is missing.
#[derive(Debug)]
pub struct ProposedIndex {
    /// Its columns as SQL has them.
    pub columns: String,
    /// The attribute; none when Prisma cannot declare it.
    pub prisma: Option<String>,
    /// The statement.
    pub sql: String,
    /// What the query that needs it most lacks.
    pub lacks: &'static str,
    /// Indexes that have nothing left to do then.
    pub replaces: Vec<String>,
    /// The queries that it serves.
    pub queries: Vec<QueryShape>,
}

/// What queries at some places ask of one table, by the names of columns in the database.
#[derive(Debug)]
pub struct QueryShape {
    /// The places.
    pub places: Vec<Location>,
    /// Columns that equal one value.
    pub equal: Vec<String>,
    /// Columns that equal one of several.
    pub listed: Vec<String>,
    /// Columns within bounds.
    pub ranged: Vec<String>,
    /// Columns of conditions that no ordinary index serves.
    pub compared: Vec<String>,
    /// Items of `ORDER BY`.
    pub order: Vec<String>,
    /// Whether only so many rows are taken.
    pub limited: bool,
    /// How many of the index's first columns it fixes.
    pub bound: Option<usize>,
    /// Whether the index gives the rows in its order.
    pub sorts: Option<bool>,
}

/// Of all tables of PostgreSQL schemas, in the order of the schemas.
#[must_use]
pub fn index_facts(context: &Context<'_>) -> Vec<TableIndexes> {
    let (current, advice) = (Current::shared(context), Advice::shared(context));
    let growths = Growths::shared(context);
    let tables = tables::of_postgres(context);
    tables
        .map(|table| {
            let model = table.reference();
            let proposals: Vec<&Proposal> = advice
                .proposals
                .iter()
                .filter(|proposal| proposal.model == model)
                .collect();
            let grown: Grown = growths.of_model(model);
            TableIndexes {
                model,
                growth: grown.growth.to_string(),
                made: grown.made_at,
                taken: grown.taken_at,
                swept: grown.swept_at,
                indexes: current
                    .of(&table)
                    .iter()
                    .map(|one| index(&table, one, (current.of(&table), &proposals)))
                    .chain(doubles(&table))
                    .collect(),
                proposed: proposals
                    .iter()
                    .map(|proposal| proposed(&table, proposal))
                    .collect(),
            }
        })
        .collect()
}

/// The index of the schema that does all which one of the migrations alone does: it begins as that
/// one does.
fn begun_by<'a>(one: &CurrentIndex, all: &'a [CurrentIndex]) -> Option<&'a CurrentIndex> {
    let plain = |index: &TableIndex| {
        index.ordered
            && index.partial.is_none()
            && index.carried.is_empty()
            && index.keys.iter().all(|key| key.field.is_some())
    };
    let own = &one.index;
    let says = |index: &TableIndex| -> Vec<_> {
        let keys = index.keys.iter();
        keys.map(|key| (key.field, key.descending, key.nulls_first))
            .collect()
    };
    if own.declared || own.unique || !plain(own) {
        return None;
    }
    let mut others = all
        .iter()
        .filter(|other| other.index.declared && plain(&other.index));
    others.find(|other| says(&other.index).starts_with(&says(own)))
}

fn index(
    table: &TableModel<'_>,
    one: &CurrentIndex,
    (all, proposals): (&[CurrentIndex], &[&Proposal]),
) -> IndexFact {
    let begun = begun_by(one, all);
    let schema = table.schema;
    let replacing = proposals.iter().find_map(|proposal| {
        let mut replaced = proposal.replaces.iter();
        let replaced = replaced.find(|replaced| replaced.index.at == one.index.at)?;
        Some((text::sql(schema, &proposal.columns), replaced.met))
    });
    let met = replacing.as_ref().is_some_and(|(_, met)| *met);
    let standing = match one.standing() {
        Standing::Redundant => "redundant",
        _ if begun.is_some() => "redundant",
        _ if met => "ineffective",
        Standing::Used => "used",
        Standing::Partly => "partly",
        Standing::Unused => "unused",
        Standing::Unknown => "unknown",
    };
    let keys = one
        .keys
        .iter()
        .map(|field| schema.datamodel[*field].name.to_string());
    IndexFact {
        at: one.index.at,
        name: one.index.name.clone(),
        db_name: one.index.db_name.as_ref().map(ToString::to_string),
        kind: match one.kind {
            Some(IndexKind::PrimaryKey) => "primary key",
            Some(IndexKind::Unique) => "unique",
            None if one.index.unique => "unique",
            _ => "index",
        },
        declared: one.index.declared,
        plain: one.index.is_plain(),
        method: one.index.method.to_string(),
        columns: columns(schema, &one.index),
        standing,
        instead: one
            .instead
            .as_ref()
            .map(|(_, by)| by.clone())
            .or(begun.map(|by| by.index.name.clone()))
            .or(replacing.map(|(columns, _)| columns)),
        foreign_keys: keys.collect(),
        queries: one
            .services
            .iter()
            .map(|service| of_service(schema, service))
            .collect(),
    }
}

/// Its columns as SQL has them; an expression is none.
fn columns(schema: &Schema, index: &TableIndex) -> Vec<Option<String>> {
    let columns = index.keys.iter().map(|key| {
        let name = &schema.datamodel[key.field?].db_name;
        let direction = if key.descending { " DESC" } else { "" };
        let nulls = match (key.nulls_first == key.descending, key.nulls_first) {
            (true, _) => "",
            (false, true) => " NULLS FIRST",
            (false, false) => " NULLS LAST",
        };
        Some(format!("{name}{direction}{nulls}"))
    });
    columns.collect()
}

/// Those of the migrations that do what another one does.
fn doubles(table: &TableModel<'_>) -> impl Iterator<Item = IndexFact> {
    let schema = table.schema;
    let found = indexes::doubles(schema, table.model).into_iter();
    found.map(|(one, other)| IndexFact {
        at: one.at,
        db_name: one.db_name.as_ref().map(ToString::to_string),
        kind: if one.unique { "unique" } else { "index" },
        declared: false,
        plain: one.is_plain(),
        method: one.method.to_string(),
        columns: columns(schema, &one),
        name: one.name,
        standing: "redundant",
        instead: Some(other),
        foreign_keys: Vec::new(),
        queries: Vec::new(),
    })
}

fn of_service(schema: &Schema, service: &Service) -> QueryShape {
    QueryShape {
        bound: Some(service.bound),
        sorts: Some(service.sorts),
        ..shape(
            schema,
            &service.ask,
            service.uses.iter().map(|place| place.at).collect(),
        )
    }
}

fn proposed(table: &TableModel<'_>, proposal: &Proposal) -> ProposedIndex {
    let schema = table.schema;
    let columns = &proposal.columns;
    let of_queries = proposal.serves.iter().filter(|one| one.lack != Lack::Key);
    let shape = |one: &Unserved| {
        shape(
            schema,
            &one.ask,
            one.uses.iter().map(|place| place.at).collect(),
        )
    };
    ProposedIndex {
        columns: text::sql(schema, columns),
        prisma: text::is_declarable(columns)
            .then(|| format!("@@index([{}])", text::prisma(schema, columns))),
        sql: text::statement(schema, table.model, columns),
        lacks: match proposal.lack() {
            Lack::Key => "foreign key",
            Lack::Rows => "rows",
            Lack::Misplaced => "column order",
            Lack::Order => "order",
            Lack::Nearly => "one column",
        },
        replaces: proposal
            .replaces
            .iter()
            .map(|one| one.index.name.clone())
            .collect(),
        queries: of_queries.map(shape).collect(),
    }
}

fn shape(schema: &Schema, ask: &Ask, places: Vec<Location>) -> QueryShape {
    let name = |field: &FieldId| schema.datamodel[*field].db_name.to_string();
    let mut places = places;
    places.sort();
    places.dedup();
    QueryShape {
        places,
        equal: ask.equal.iter().map(name).collect(),
        listed: ask.listed.iter().map(name).collect(),
        ranged: ask.ranged.iter().map(name).collect(),
        compared: ask.compared.keys().map(name).collect(),
        order: ask
            .order
            .iter()
            .map(|sort| text::sql(schema, &[*sort]))
            .collect(),
        limited: ask.limited,
        bound: None,
        sorts: None,
    }
}
