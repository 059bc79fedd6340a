//! The fewest new indexes that serve the queries which no index serves.
//!
//! An index is asked for by a foreign key that no index leads with, and by a
//! query of a table that grows with use: one that fixes columns none of which an
//! index leads with, one that takes the first rows of an order that no index
//! has, or one that an index serves but for one more column. The columns of one
//! proposal serve every query whose columns are its first ones.

mod cover;
mod judge;
pub(crate) mod text;

use std::{collections::BTreeSet, sync::Arc};

use snell_prisma::{FieldId, ScalarType};
use snell_project::{ownership::Ownership, schema::ModelRef};
use snell_source::Location;

use self::judge::Judge;
pub(crate) use self::judge::finds;
use crate::rule::Context;
use crate::support::{
    asked::{Ask, Asked, Sort, Use},
    growth::{Grown, Growths},
    indexes::{self, TableIndex},
    name_words,
    tables::{self, TableModel},
    unindexed,
};

/// What a query lacks, what costs most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lack {
    /// No index leads with a foreign key.
    Key,
    /// No index finds its rows: the whole table is read.
    Rows,
    /// An index has its columns, in an order that serves no query.
    Misplaced,
    /// No index has its order: all rows that it finds are sorted to take a few.
    Order,
    /// An index serves it, and one more column would spare the rest of the work.
    Nearly,
}

/// A query that an index would serve.
#[derive(Debug, Clone)]
pub(crate) struct Unserved {
    /// What it asks.
    pub ask: Ask,
    /// What it lacks.
    pub lack: Lack,
    /// The places that ask; a foreign key alone has none.
    pub uses: Vec<Use>,
    /// The index that comes nearest.
    pub near: Option<Location>,
}

/// An index of the schema that a new one leaves without use.
#[derive(Debug, Clone)]
pub(crate) struct Replaced {
    /// The index.
    pub index: TableIndex,
    /// Whether it is no beginning of the new one, but was of use only beside it.
    pub met: bool,
}

/// An index that would serve queries.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// The table.
    pub model: ModelRef,
    /// The columns that the queries fix, then those that they sort or bound by.
    pub columns: Vec<Sort>,
    /// What it serves; the first is the one that needs it most.
    pub serves: Vec<Unserved>,
    /// Indexes of the schema that have nothing left to do once this one is there.
    pub replaces: Vec<Replaced>,
    /// How the table grows.
    pub grown: Grown,
}

impl Proposal {
    /// What the query that needs it most lacks.
    pub(crate) fn lack(&self) -> Lack {
        self.serves.first().map_or(Lack::Nearly, |one| one.lack)
    }

    /// Whether it was proposed for a foreign key, by these columns.
    pub(crate) fn is_for_key(&self, columns: &[FieldId]) -> bool {
        self.serves.iter().any(|one| {
            one.lack == Lack::Key
                && one.ask.equal.len() == columns.len()
                && columns.iter().all(|column| one.ask.equal.contains(column))
        })
    }

    /// The places that it serves, each once.
    pub(crate) fn places(&self) -> Vec<Use> {
        let mut places: Vec<Use> = Vec::new();
        for place in self.serves.iter().flat_map(|one| &one.uses) {
            if !places.iter().any(|known| known.at == place.at) {
                places.push(*place);
            }
        }
        places
    }
}

/// All proposals.
#[derive(Debug, Default)]
pub(crate) struct Advice {
    /// In the order of models.
    pub proposals: Vec<Proposal>,
}

impl Advice {
    /// Works them out, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Advice::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let asked = Asked::shared(context);
        let growths = Growths::shared(context);
        let mut proposals = Vec::new();
        for table in tables::of_postgres(context) {
            let model = table.reference();
            let grown = growths.of_model(model);
            let existing = indexes::of(table.schema, table.model);
            let judge = Judge::new(
                table.schema,
                table.model,
                owner(context, model),
                &existing,
                &unindexed::foreign_keys(table.schema, table.model),
                !asked.is_partly_unknown(model),
                is_few_for_each(context, &growths, &table),
            );
            let asks: Vec<(&Ask, &[Use])> = match grown.growth.is_by_use() {
                true => asked.of_model(model).collect(),
                false => Vec::new(),
            };
            let needs = judge.needs(model, &asks);
            for chain in cover::chains(needs) {
                let (columns, serves) = judge.assemble(chain);
                if judge.has(&columns) {
                    continue;
                }
                let replaces = judge.replaced(&columns, &serves, &asks);
                proposals.push(Proposal {
                    model,
                    columns,
                    serves,
                    replaces,
                    grown,
                });
            }
        }
        Advice { proposals }
    }

    /// The proposals whose most needy query lacks this.
    pub(crate) fn lacking(&self, lack: Lack) -> impl Iterator<Item = &Proposal> {
        let proposals = self.proposals.iter();
        proposals.filter(move |proposal| proposal.lack() == lack)
    }

    /// The proposal that serves a foreign key.
    pub(crate) fn for_key(&self, model: ModelRef, columns: &[FieldId]) -> Option<&Proposal> {
        let mut proposals = self.proposals.iter();
        proposals.find(|proposal| proposal.model == model && proposal.is_for_key(columns))
    }
}

/// Whether each person has few of the rows: things with a name, made one at a time, on which other rows
/// hang that people add. An index that finds those of one person leaves nothing to spare.
pub(crate) fn is_few_for_each(
    context: &Context<'_>,
    growths: &Growths,
    table: &TableModel<'_>,
) -> bool {
    let reference = table.reference();
    let owners = &context.project.owners;
    let own = owners.of(reference).required_chain();
    let of_person = own.is_some_and(|chain| {
        chain.relations.len() <= 1 && owners.graph(table.id).ends_at_person(chain)
    });
    let pace = growths.of_model(reference).pace;
    let named = table.model.columns().any(|field| {
        let last = name_words::words(&field.name).pop();
        field.is_required()
            && field.scalar() == Some(ScalarType::String)
            && last.is_some_and(|word| matches!(word.as_str(), "name" | "label"))
    });
    if !of_person || !named || pace.is_of_machine() || pace.many {
        return false;
    }
    let datamodel = &table.schema.datamodel;
    datamodel.models().iter().any(|other| {
        let grows = growths.of_model(ModelRef {
            model: other.id,
            ..reference
        });
        let mut keys = datamodel.foreign_keys_of(other.id);
        other.id != table.model.id
            && grows.growth.is_by_use()
            && keys.any(|(_, key)| {
                let target = datamodel.target(&datamodel[key.field]);
                let mut columns = key.columns.iter();
                target.is_some_and(|target| target.id == table.model.id)
                    && columns.all(|column| datamodel[*column].is_required())
            })
    })
}

/// The columns of a table's own that name its owner.
pub(crate) fn owner(context: &Context<'_>, model: ModelRef) -> BTreeSet<FieldId> {
    match context.project.owners.of(model) {
        Ownership::Owned(chains) => chains
            .iter()
            .filter(|chain| chain.relations.len() <= 1)
            .filter_map(|chain| chain.key)
            .collect(),
        _ => BTreeSet::new(),
    }
}
