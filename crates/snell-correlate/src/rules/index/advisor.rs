//! The fewest new indexes that serve the queries which no index serves.
//!
//! An index is asked for by a query of a table that grows with use: one that
//! fixes columns none of which an index leads with, or one that takes the
//! first rows of an order that no index has. The columns of one proposal serve
//! every query whose columns are its first ones.

use std::{collections::BTreeSet, sync::Arc};

use snell_prisma::{FieldId, FieldType, Model, ScalarType};
use snell_project::{
    ownership::Ownership,
    schema::{ModelRef, Schema},
};

use crate::{
    rule::Context,
    support::{
        asked::{Ask, Asked, Sort, Through, Use},
        growth::{Grown, Growths},
        indexes::{self, Sorted, TableIndex},
        tables,
    },
};

/// What a query lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    /// No index finds its rows: the whole table is read.
    Rows,
    /// No index has its order: all rows that it finds are sorted to take a few.
    Order,
}

/// A query that an index would serve.
#[derive(Debug, Clone)]
pub(super) struct Unserved {
    /// What it asks.
    pub(super) ask: Ask,
    /// What it lacks.
    pub(super) lack: Lack,
    /// The places that ask.
    pub(super) uses: Vec<Use>,
}

/// An index that would serve queries.
#[derive(Debug)]
pub(super) struct Proposal {
    /// The table.
    pub(super) model: ModelRef,
    /// The columns that the queries fix, then those that they sort or bound by.
    pub(super) columns: Vec<Sort>,
    /// What it serves; the first is the one that needs it most.
    pub(super) serves: Vec<Unserved>,
    /// How the table grows.
    pub(super) grown: Grown,
}

/// All proposals.
#[derive(Debug, Default)]
pub(super) struct Advice {
    /// In the order of models.
    pub(super) proposals: Vec<Proposal>,
}

impl Advice {
    /// Works them out, once for the rules of this category.
    pub(super) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Advice::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let asked = Asked::shared(context);
        let growths = Growths::shared(context);
        let mut proposals = Vec::new();
        for table in tables::of_postgres(context) {
            let model = ModelRef {
                schema: table.id,
                model: table.model.id,
            };
            let grown = growths.of_model(model);
            if !grown.growth.is_by_use() {
                continue;
            }
            let existing = indexes::of(table.schema, table.model);
            let judge = Judge {
                schema: table.schema,
                model: table.model,
                owner: owner(context, model),
                existing: &existing,
            };
            let unserved = asked.of_model(model).filter_map(|(ask, uses)| {
                let lack = judge.lack(ask)?;
                Some(Unserved {
                    ask: ask.clone(),
                    lack,
                    uses: uses.to_vec(),
                })
            });
            let covers = cover(&judge, unserved.collect());
            proposals.extend(covers.into_iter().map(|(columns, serves)| Proposal {
                model,
                columns,
                serves,
                grown,
            }));
        }
        Advice { proposals }
    }
}

/// The column of a table's own that names its owner.
pub(super) fn owner(context: &Context<'_>, model: ModelRef) -> BTreeSet<FieldId> {
    match context.project.owners.of(model) {
        Ownership::Owned(chains) => chains
            .iter()
            .filter(|chain| chain.relations.len() <= 1)
            .filter_map(|chain| chain.key)
            .collect(),
        _ => BTreeSet::new(),
    }
}

struct Judge<'a> {
    schema: &'a Schema,
    model: &'a Model,
    owner: BTreeSet<FieldId>,
    existing: &'a [TableIndex],
}

impl Judge<'_> {
    /// What a query lacks, if anything that an index would give.
    fn lack(&self, ask: &Ask) -> Option<Lack> {
        if ask.unique || ask.open || ask.through == Through::Filter {
            return None;
        }
        let selective = ask.fixed().any(|field| self.is_selective(ask, field));
        let found = self.existing.iter().any(|index| self.finds(index, ask));
        if selective && !found {
            // What a foreign key lacks is told of the foreign key.
            let of_key = ask.fixed().any(|field| self.model.is_foreign_key(field));
            return (!of_key).then_some(Lack::Rows);
        }
        let sorts = |index: &TableIndex| index.sorts(&self.schema.datamodel, ask) == Sorted::Yes;
        let sorted = ask.order.is_empty() || self.existing.iter().any(sorts);
        let by_key = ask.order.iter().any(|sort| self.model.is_id(sort.field));
        // An index with these columns in other directions was made for the query.
        let meant = self
            .existing
            .iter()
            .any(|index| self.nearly_sorts(index, ask));
        let wanted = ask.limited && !by_key && ask.listed.is_empty();
        (!sorted && (wanted || meant)).then_some(Lack::Order)
    }

    fn nearly_sorts(&self, index: &TableIndex, ask: &Ask) -> bool {
        index.keys.len() > 1
            && matches!(
                index.sorts(&self.schema.datamodel, ask),
                Sorted::ButForNulls | Sorted::ButForDirections
            )
    }

    /// Whether an index finds the rows by a column that few of them share.
    fn finds(&self, index: &TableIndex, ask: &Ask) -> bool {
        let bound = index.bound(ask);
        let by_fixed = index.keys[..bound]
            .iter()
            .filter_map(|key| key.field)
            .any(|field| self.is_selective(ask, field));
        by_fixed || bound == 0 && index.finds(ask)
    }

    /// Whether few rows share the value that a query gives for a column: not
    /// a flag, a value of an enum, a constant of the code.
    fn is_selective(&self, ask: &Ask, field: FieldId) -> bool {
        let column = &self.schema.datamodel[field];
        let of_few = matches!(column.ty, FieldType::Enum(_))
            || column.scalar() == Some(ScalarType::Boolean)
            || column.scalar() == Some(ScalarType::DateTime) && column.is_optional();
        !of_few && !ask.constant.contains(&field)
    }

    /// The fixed columns in the order in which an index should have them:
    /// the owner's, then the others that tell rows apart, then the rest.
    fn ordered(&self, ask: &Ask, columns: &BTreeSet<FieldId>) -> Vec<FieldId> {
        let mut columns: Vec<FieldId> = columns.iter().copied().collect();
        columns.sort_by_key(|field| {
            let listed = ask.listed.contains(field);
            (
                !self.is_selective(ask, *field),
                listed,
                !self.owner.contains(field),
                *field,
            )
        });
        columns
    }

    /// What an index for a query ends with: the order that it wants, or the
    /// first column that it bounds.
    fn tail(&self, ask: &Ask) -> Vec<Sort> {
        if !ask.order.is_empty() && ask.listed.is_empty() {
            let sorted = ask.order.iter().copied();
            return sorted.filter(|sort| !ask.fixes(sort.field)).collect();
        }
        let bounded = ask.ranged.iter().next();
        bounded.map(|field| ascending(*field)).into_iter().collect()
    }
}

fn ascending(field: FieldId) -> Sort {
    Sort {
        field,
        descending: false,
        nulls_first: false,
    }
}

/// An index that is being put together.
struct Growing {
    fixed: Vec<FieldId>,
    tail: Vec<Sort>,
    serves: Vec<Unserved>,
}

/// The fewest indexes for a table's queries: a query whose fixed columns are
/// among those of a wider one gets the first columns of the wider one's index.
fn cover(judge: &Judge<'_>, mut unserved: Vec<Unserved>) -> Vec<(Vec<Sort>, Vec<Unserved>)> {
    let fixed = |one: &Unserved| one.ask.fixed().collect::<BTreeSet<FieldId>>();
    unserved.sort_by_key(|one| (fixed(one).len(), one.lack, one.ask.clone()));
    let mut growing: Vec<Growing> = Vec::new();
    for one in unserved {
        let columns = fixed(&one);
        let tail = judge.tail(&one.ask);
        let fitting = growing.iter_mut().find(|index| {
            let held: BTreeSet<FieldId> = index.fixed.iter().copied().collect();
            match held == columns {
                true => index.tail.is_empty() || tail.is_empty() || index.tail == tail,
                false => index.tail.is_empty() && held.is_subset(&columns),
            }
        });
        match fitting {
            Some(index) => {
                let more = columns.iter().filter(|c| !index.fixed.contains(c));
                let more: BTreeSet<FieldId> = more.copied().collect();
                index.fixed.extend(judge.ordered(&one.ask, &more));
                if index.tail.is_empty() {
                    index.tail = tail;
                }
                index.serves.push(one);
            }
            None => growing.push(Growing {
                fixed: judge.ordered(&one.ask, &columns),
                tail,
                serves: vec![one],
            }),
        }
    }
    let indexes = growing
        .into_iter()
        .filter(|index| !index.fixed.is_empty() || !index.tail.is_empty());
    indexes
        .map(|index| {
            let fixed = index.fixed.into_iter().map(ascending);
            let mut serves = index.serves;
            serves.sort_by_key(|one| one.lack);
            (fixed.chain(index.tail).collect(), serves)
        })
        .collect()
}
