//! Indexes of one table that do what another one does already.
//!
//! Two indexes are compared as the database stores them: columns in order,
//! directions, operator classes, algorithm. A B-tree is read in both
//! directions, so one whose columns are all turned round is the same index.

use snell_prisma::{Algorithm, Index, IndexColumn, IndexKind, Model, Provider, SortOrder};
use snell_project::schema::Schema;
use snell_source::Diagnostic;

use crate::{
    rule::Context,
    support::built::{self, BuiltTable},
};

/// What is superfluous about an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverlapKind {
    /// The same as an earlier one, both plain or both unique.
    Duplicate,
    /// A plain index on exactly what a unique or the primary key indexes.
    AlreadyUnique,
    /// A plain index on the first columns of a longer one.
    Prefix,
}

/// An index that another one makes superfluous.
#[derive(Debug)]
pub(crate) struct Overlap<'a> {
    /// What is superfluous about it.
    pub kind: OverlapKind,
    /// The superfluous index.
    pub index: &'a Index,
    /// The one that serves instead, itself not superfluous.
    pub by: &'a Index,
    /// How many others would serve too.
    pub others: usize,
}

/// The findings about all indexes that are superfluous in one way.
pub(crate) fn findings<'a>(
    context: &Context<'a>,
    kind: OverlapKind,
    finding: impl Fn(&'a Schema, &'a Model, &Overlap<'a>) -> Diagnostic,
) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    let of_kind = schemas.flat_map(|(_, schema)| {
        let overlaps = overlaps(schema).into_iter();
        let of_kind = overlaps.filter(move |(_, overlap)| overlap.kind == kind);
        of_kind.map(move |(model, overlap)| (schema, model, overlap))
    });
    of_kind
        .map(|(schema, model, overlap)| finding(schema, model, &overlap))
        .collect()
}

/// The superfluous indexes of a live schema's tables, at most one overlap for
/// each index.
pub(crate) fn overlaps(schema: &Schema) -> Vec<(&Model, Overlap<'_>)> {
    if !stores_ordered_indexes(schema.datamodel.provider()) {
        return Vec::new();
    }
    let models = schema.datamodel.models().iter();
    models
        .filter(|model| !model.is_view && model.ignored.is_none())
        .flat_map(|model| {
            let table = built::table(schema, model);
            of_model(model)
                .filter(move |overlap| {
                    is_what_it_says(table, overlap.index) && is_what_it_says(table, overlap.by)
                })
                .map(move |overlap| (model, overlap))
        })
        .collect()
}

/// The superfluous indexes of one model, whatever the migrations made of them.
pub(crate) fn of_table(model: &Model) -> Vec<Overlap<'_>> {
    of_model(model).collect()
}

/// Databases whose indexes are ordered by their columns and keep nothing else
/// that the schema could not say. SQL Server clusters and MongoDB's indexes
/// are sparse or not: left alone.
fn stores_ordered_indexes(provider: Provider) -> bool {
    matches!(
        provider,
        Provider::PostgreSql | Provider::MySql | Provider::Sqlite
    )
}

/// Whether no migration made more of the index than the schema can say: a
/// condition, expressions, included columns.
fn is_what_it_says(table: Option<BuiltTable<'_>>, index: &Index) -> bool {
    let name = index.db_name.as_deref().unwrap_or_default();
    table
        .and_then(|table| table.index(name))
        .is_none_or(|found| {
            found.index.predicate.is_none()
                && found.index.include.is_empty()
                && found.columns().all(|column| column.is_some())
                && found.index.keys.iter().all(|key| key.default_class)
                && found.index.method == "btree"
        })
}

fn of_model(model: &Model) -> impl Iterator<Item = Overlap<'_>> {
    model
        .all_indexes
        .iter()
        .filter_map(move |index| overlap(model, index))
}

fn overlap<'a>(model: &'a Model, index: &'a Index) -> Option<Overlap<'a>> {
    if !is_plain(index) {
        return None;
    }
    let others = || {
        model
            .all_indexes
            .iter()
            .filter(|other| !std::ptr::eq(*other, index) && is_plain(other))
    };
    let found = |kind, by| Overlap {
        kind,
        index,
        by,
        others: 0,
    };
    let same = || others().filter(|other| is_same(other, index));
    match index.kind {
        IndexKind::PrimaryKey => return None,
        IndexKind::Unique => {
            let by = same().find(|other| precedes_as_key(other, index))?;
            return Some(found(OverlapKind::Duplicate, by));
        }
        IndexKind::Normal | IndexKind::Fulltext => {}
    }
    if let Some(by) = same().find(|other| other.is_unique()) {
        return Some(found(OverlapKind::AlreadyUnique, by));
    }
    if let Some(by) = same().find(|other| other.span < index.span) {
        return Some(found(OverlapKind::Duplicate, by));
    }
    let wider: Vec<&Index> = others()
        .filter(|other| is_prefix(index, other))
        .filter(|other| {
            !others().any(|third| other.kind == IndexKind::Normal && is_prefix(other, third))
        })
        .collect();
    let by = wider
        .iter()
        .min_by_key(|other| (other.columns.len(), !other.is_unique(), other.span))?;
    Some(Overlap {
        others: wider.len() - 1,
        ..found(OverlapKind::Prefix, by)
    })
}

/// Whether columns alone say what the index holds.
fn is_plain(index: &Index) -> bool {
    index.kind != IndexKind::Fulltext && index.condition.is_none() && !index.columns.is_empty()
}

/// Of two equal keys, the primary key stays, else the first.
fn precedes_as_key(other: &Index, index: &Index) -> bool {
    other.kind == IndexKind::PrimaryKey
        || other.kind == IndexKind::Unique && other.span < index.span
}

fn algorithm(index: &Index) -> &Algorithm {
    index.algorithm.as_ref().unwrap_or(&Algorithm::BTree)
}

/// Whether both are the same index to the database.
fn is_same(a: &Index, b: &Index) -> bool {
    a.columns.len() == b.columns.len()
        && algorithm(a) == algorithm(b)
        && runs_along(&a.columns, &b.columns, algorithm(a))
}

/// Whether `index` is the beginning of the longer `wide`.
fn is_prefix(index: &Index, wide: &Index) -> bool {
    index.columns.len() < wide.columns.len()
        && *algorithm(index) == Algorithm::BTree
        && *algorithm(wide) == Algorithm::BTree
        && runs_along(&index.columns, &wide.columns, &Algorithm::BTree)
}

/// Whether the columns of one, in order, are the first of the other: all in
/// the same direction, or all turned round.
fn runs_along(short: &[IndexColumn], long: &[IndexColumn], algorithm: &Algorithm) -> bool {
    let pairs = || short.iter().zip(long);
    let descends = |column: &IndexColumn| column.sort == Some(SortOrder::Desc);
    pairs().all(|(a, b)| {
        a.name == b.name && a.length == b.length && a.operator_class == b.operator_class
    }) && (pairs().all(|(a, b)| descends(a) == descends(b))
        || *algorithm == Algorithm::BTree && pairs().all(|(a, b)| descends(a) != descends(b)))
}
