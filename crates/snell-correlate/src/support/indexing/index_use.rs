//! What the indexes of a table are for: which queries and foreign keys use each.

use std::{collections::BTreeMap, sync::Arc};

use snell_prisma::{FieldId, IndexKind, Model, RelationMode};
use snell_project::schema::ModelRef;
use snell_source::Diagnostic;

use crate::rule::Context;
use crate::support::{
    asked::{Ask, Asked, Manner, Use},
    built,
    index_overlap::{self, OverlapKind},
    indexes::{self, Sorted, TableIndex},
    tables::{self, TableModel},
    undeclared_keys, wording,
};

/// An index, and what uses it.
#[derive(Debug)]
pub(crate) struct CurrentIndex {
    /// The index.
    pub index: TableIndex,
    /// What the schema declares it as; none of one that only the migrations know.
    pub kind: Option<IndexKind>,
    /// What makes it superfluous, and the name of the index that does.
    pub instead: Option<(OverlapKind, String)>,
    /// The foreign keys that it serves, by their relation fields; by a column where the schema has no
    /// relation.
    pub keys: Vec<FieldId>,
    /// What queries have of it.
    pub services: Vec<Service>,
    /// Whether the queries of the table are all known.
    pub known: bool,
}

/// What a query has of an index.
#[derive(Debug)]
pub(crate) struct Service {
    /// What it asks.
    pub ask: Ask,
    /// The places that ask.
    pub uses: Vec<Use>,
    /// How many of its first columns the query fixes.
    pub bound: usize,
    /// Whether it gives the rows in the query's order.
    pub sorts: bool,
    /// Whether all of its columns are of use.
    pub whole: bool,
}

/// What an index is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Something uses it.
    Used,
    /// Queries use its first columns alone.
    Partly,
    /// Another index does what it does.
    Redundant,
    /// Nothing in the code uses it.
    Unused,
    /// Nothing that is known uses it, and not everything is known.
    Unknown,
}

impl CurrentIndex {
    /// In one word.
    pub(crate) fn standing(&self) -> Standing {
        let keeps = self.index.unique || !self.index.keys.iter().all(|key| key.field.is_some());
        if self.instead.is_some() {
            Standing::Redundant
        } else if !self.services.is_empty() {
            let whole = keeps || self.services.iter().any(|service| service.whole);
            match whole {
                true => Standing::Used,
                false => Standing::Partly,
            }
        } else if keeps || !self.index.ordered || !self.keys.is_empty() {
            Standing::Used
        } else if self.known {
            Standing::Unused
        } else {
            Standing::Unknown
        }
    }
}

/// What the indexes of all tables are for, by table.
#[derive(Debug, Default)]
pub(crate) struct Current(BTreeMap<ModelRef, Vec<CurrentIndex>>);

impl Current {
    /// Works it out, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| {
            let asked = Asked::shared(context);
            let tables = tables::of_postgres(context);
            let indexes = tables.map(|table| {
                let mut found = of_table(&table, &asked);
                with_missing_keys(context, &table, &mut found);
                (table.reference(), found)
            });
            Current(indexes.collect())
        })
    }

    /// Those of one table, in the order of the schema.
    pub(crate) fn of(&self, table: &TableModel<'_>) -> &[CurrentIndex] {
        self.0.get(&table.reference()).map_or(&[], Vec::as_slice)
    }
}

/// The findings about single indexes of tables.
pub(crate) fn findings(
    context: &Context<'_>,
    finding: fn(&TableModel<'_>, &CurrentIndex) -> Option<Diagnostic>,
) -> Vec<Diagnostic> {
    let current = Current::shared(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let indexes = current.of(&table).iter();
        found.extend(indexes.filter_map(|one| finding(&table, one)));
    }
    found
}

/// The indexes of a table, in the order of the schema.
fn of_table(table: &TableModel<'_>, asked: &Asked) -> Vec<CurrentIndex> {
    let model = table.reference();
    let overlaps = index_overlap::of_table(table.model);
    let place = |index: &snell_prisma::Index| table.schema.location(table.model.place(index.span));
    // Without any query the table is used in a way that is not seen.
    let known = !asked.is_partly_unknown(model) && asked.of_model(model).next().is_some();
    let asks: Vec<(Ask, &[Use])> = asked
        .of_model(model)
        .flat_map(|(ask, uses)| {
            let fullest = Some(ask.at_fullest()).filter(|fullest| fullest != ask);
            [Some(ask.clone()), fullest]
                .into_iter()
                .flatten()
                .map(move |ask| (ask, uses))
        })
        .collect();
    let all = indexes::of(table.schema, table.model);
    let superfluous = |index: &TableIndex| {
        let mut overlaps = overlaps.iter();
        overlaps.find(|overlap| place(overlap.index) == index.at)
    };
    // What another index makes superfluous takes no query from the others.
    let standing: Vec<&TableIndex> = all
        .iter()
        .filter(|index| superfluous(index).is_none())
        .collect();
    all.iter()
        .map(|index| {
            let instead =
                superfluous(index).map(|overlap| (overlap.kind, wording::declared(overlap.by)));
            let alone = instead.is_none();
            CurrentIndex {
                kind: kind_of(table, index),
                keys: keys(table, &standing, index)
                    .filter(|_| alone)
                    .unwrap_or_default(),
                services: match alone {
                    true => services(table, &standing, index, &asks),
                    false => Vec::new(),
                },
                instead,
                known,
                index: index.clone(),
            }
        })
        .collect()
}

fn kind_of(table: &TableModel<'_>, index: &TableIndex) -> Option<IndexKind> {
    let model: &Model = table.model;
    let mut declared = model.all_indexes.iter();
    let declared = declared
        .find(|one| index.declared && table.schema.location(model.place(one.span)) == index.at);
    declared.map(|one| one.kind)
}

/// The foreign keys for which the database reads an index when the referenced row
/// goes: those that it leads with, where no shorter one does.
fn keys(
    table: &TableModel<'_>,
    indexes: &[&TableIndex],
    index: &TableIndex,
) -> Option<Vec<FieldId>> {
    let first = index.keys.first().and_then(|key| key.field)?;
    let shorter = indexes.iter().any(|other| {
        other.at != index.at
            && other.finds_equals
            && other.partial.is_none()
            && other.keys.len() < index.keys.len()
            && other.leads_with(first)
    });
    if shorter || !index.finds_equals {
        return None;
    }
    let keys = table.schema.datamodel.foreign_keys_of(table.model.id);
    let served = keys.filter(|(_, key)| key.columns.contains(&first));
    let mut served: Vec<FieldId> = served.map(|(_, key)| key.field).collect();
    // A key that migrations alone make is read by the database as well.
    let column = &table.schema.datamodel[first].db_name;
    let built = built::table(table.schema, table.model);
    let mut keys = built.into_iter().flat_map(|built| built.foreign_keys());
    if served.is_empty() && keys.any(|key| key.columns.contains(&column)) {
        served.push(first);
    }
    Some(served)
}

/// Gives indexes that nothing else uses the keys that the database should have: it reads them by the index then.
fn with_missing_keys<'a>(
    context: &Context<'a>,
    table: &TableModel<'a>,
    indexes: &mut [CurrentIndex],
) {
    let mut unused = indexes
        .iter_mut()
        .filter(|one| one.standing() == Standing::Unused)
        .peekable();
    if unused.peek().is_none() || !keeps_keys(table) {
        return;
    }
    let missing = undeclared_keys::missing(context, *table);
    for one in unused {
        let first = one.index.keys.first().and_then(|key| key.field);
        let mut keys = missing.iter().map(|key| key.field.id);
        one.keys.extend(keys.find(|key| first == Some(*key)));
    }
}

/// Whether the database keeps references, not Prisma.
fn keeps_keys(table: &TableModel<'_>) -> bool {
    table.schema.datamodel.relation_mode() == RelationMode::ForeignKeys
}

fn services(
    table: &TableModel<'_>,
    indexes: &[&TableIndex],
    index: &TableIndex,
    asks: &[(Ask, &[Use])],
) -> Vec<Service> {
    let Some(first) = index.keys.first().and_then(|key| key.field) else {
        return Vec::new();
    };
    let others = || indexes.iter().filter(|other| other.at != index.at);
    let mut found = Vec::new();
    for (ask, uses) in asks {
        let by_key = index.unique && index.partial.is_none();
        if ask.unique && !(by_key && index.fields().all(|field| ask.equal.contains(&field))) {
            continue;
        }
        let wanted = ask.fixes(first)
            || ask.ranged.contains(&first)
            || finds_by(index, ask.compared.get(&first))
            || ask.order.first().is_some_and(|sort| sort.field == first);
        if !wanted || others().any(|other| !ask.unique && serves_better(table, ask, other, index)) {
            continue;
        }
        let bound = index.bound(ask);
        let sorts = index.sorts(&table.schema.datamodel, ask) == Sorted::Yes;
        let next = index.keys.get(bound).and_then(|key| key.field);
        found.push(Service {
            ask: ask.clone(),
            uses: uses.to_vec(),
            bound,
            sorts,
            whole: sorts
                || bound == index.keys.len()
                || next.is_some_and(|field| ask.ranged.contains(&field)),
        });
    }
    found
}

/// Whether an index may be of use where its first column is compared in this manner: what is sorted
/// as a whole finds nothing by a part (`ILIKE '%q%'`).
fn finds_by(index: &TableIndex, manner: Option<&Manner>) -> bool {
    manner.is_some_and(|manner| *manner != Manner::Part || !index.finds_equals)
}

/// Whether a query has more of `other`: it fixes more of its columns, or as
/// many of a shorter one, and loses no order by it.
fn serves_better(
    table: &TableModel<'_>,
    ask: &Ask,
    other: &TableIndex,
    index: &TableIndex,
) -> bool {
    let sorts = |one: &TableIndex| one.sorts(&table.schema.datamodel, ask) == Sorted::Yes;
    let (own, theirs) = (index.bound(ask), other.bound(ask));
    let more = theirs > own || theirs == own && own > 0 && other.keys.len() < index.keys.len();
    more && (sorts(other) || !sorts(index))
}
