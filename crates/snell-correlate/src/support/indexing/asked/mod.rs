//! What the application's queries ask of each table: by which columns they
//! find rows, in which order they want them, and whether they take only some.
//!
//! A query of the client and a raw query that ask for the same are one [`Ask`]
//! with two [`Use`]s. What is not known is left out: an ask never says more
//! than its query does.

mod client;
mod conditions;
mod guarded;
mod raw;

use std::collections::{BTreeMap, BTreeSet};

use snell_prisma::FieldId;
use snell_project::{client::CallId, schema::ModelRef};
use snell_source::Location;

use crate::rule::Context;

/// One item of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sort {
    /// The column.
    pub field: FieldId,
    /// Greatest first.
    pub descending: bool,
    /// Whether NULLs come first: PostgreSQL puts them last when ascending and
    /// first when descending, unless the query says otherwise.
    pub nulls_first: bool,
}

/// How rows of a table come to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Through {
    /// The query is one of this table.
    Itself,
    /// They are read along with rows of another one.
    Include,
    /// They are a condition on rows of another one.
    Filter,
    /// The database looks for them when a row goes that they reference.
    Reference,
}

/// How a column is compared, where an ordinary index does not find rows by it;
/// what finds rows better comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Manner {
    /// As a whole, whatever the case: `mode: 'insensitive'`, `lower(x) = $1`.
    Folded,
    /// By how it begins: `startsWith`, `LIKE 'x%'`.
    Start,
    /// By a part: `contains`, `endsWith`, `LIKE '%x'`, `ILIKE`.
    Part,
    /// By what a document or a list holds: `path`, `has`, `@>`, `->>`.
    Contents,
    /// In another way.
    Other,
}

/// By what rows of one table are found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ask {
    /// The table.
    pub model: ModelRef,
    /// Columns that equal one value.
    pub equal: BTreeSet<FieldId>,
    /// Columns that equal one of several.
    pub listed: BTreeSet<FieldId>,
    /// Columns within bounds.
    pub ranged: BTreeSet<FieldId>,
    /// Columns of conditions that an ordinary index does not find rows by.
    pub compared: BTreeMap<FieldId, Manner>,
    /// Of the equal ones, those that the code compares with a constant: what SQL says
    /// after the column's name, when it is one value.
    pub constant: BTreeMap<FieldId, Option<String>>,
    /// Columns that only some runs of the query compare with something.
    pub optional: BTreeSet<FieldId>,
    /// Of those, the ones that are held within bounds.
    pub bounded: BTreeSet<FieldId>,
    /// Whether it may ask for more than is known.
    pub open: bool,
    /// The order, as far as it is one of plain columns.
    pub order: Vec<Sort>,
    /// Whether only so many rows are taken.
    pub limited: bool,
    /// Whether a key finds the one row.
    pub unique: bool,
    /// How the table comes into it.
    pub through: Through,
}

impl Ask {
    /// The columns that are compared with values, one or several.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = FieldId> {
        self.equal.iter().chain(&self.listed).copied()
    }

    /// Whether a column is compared with values.
    pub(crate) fn fixes(&self, field: FieldId) -> bool {
        self.equal.contains(&field) || self.listed.contains(&field)
    }

    /// The same in a run that makes every comparison which only some runs make.
    pub(crate) fn at_fullest(&self) -> Ask {
        let mut fullest = self.clone();
        fullest
            .equal
            .extend(self.optional.difference(&self.bounded));
        fullest.ranged.extend(&self.bounded);
        fullest
    }

    /// Every column that it speaks of.
    pub(crate) fn columns(&self) -> BTreeSet<FieldId> {
        let sorted = self.order.iter().map(|sort| sort.field);
        let others = self
            .ranged
            .iter()
            .chain(self.compared.keys())
            .chain(&self.optional);
        self.fixed().chain(others.copied()).chain(sorted).collect()
    }

    /// Of a table, for everything.
    pub(crate) fn new(model: ModelRef, through: Through) -> Self {
        Ask {
            model,
            equal: BTreeSet::new(),
            listed: BTreeSet::new(),
            ranged: BTreeSet::new(),
            compared: BTreeMap::new(),
            constant: BTreeMap::new(),
            optional: BTreeSet::new(),
            bounded: BTreeSet::new(),
            open: false,
            order: Vec::new(),
            limited: false,
            unique: false,
            through,
        }
    }
}

/// A place that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    /// What a label shows: the operation's name, or the statement.
    pub at: Location,
    /// The call; a statement that no call of the client sends has none.
    pub call: Option<CallId>,
    /// Whether it stands in a loop of its function.
    pub repeated: bool,
}

/// What all queries of the application ask, by table.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    by_model: BTreeMap<ModelRef, BTreeMap<Ask, Vec<Use>>>,
    /// Tables of which a query asks for rows in a way that could not be followed.
    unknown: BTreeSet<ModelRef>,
    /// What row security adds.
    guards: guarded::Guards,
}

impl Asked {
    /// Collects them, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> std::sync::Arc<Self> {
        context.shared.get_or_init(|| Asked::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let mut asked = Asked {
            guards: guarded::guards(context),
            ..Asked::default()
        };
        client::collect(context, &mut asked);
        raw::collect(context, &mut asked);
        asked
    }

    /// What is asked of a table, with the places.
    pub(crate) fn of_model(&self, model: ModelRef) -> impl Iterator<Item = (&Ask, &[Use])> {
        let asks = self.by_model.get(&model).into_iter().flatten();
        asks.map(|(ask, uses)| (ask, uses.as_slice()))
    }

    /// Whether some query asks for rows of the table by conditions that are not all known.
    pub(crate) fn is_partly_unknown(&self, model: ModelRef) -> bool {
        self.unknown.contains(&model)
    }

    fn add(&mut self, mut ask: Ask, place: Use) {
        // The database looks for references past its own policies.
        if ask.through != Through::Reference {
            match self.guards.get(&ask.model) {
                Some(Some(columns)) => ask.equal.extend(columns),
                Some(None) => ask.open = true,
                None => {}
            }
        }
        let uses = self.by_model.entry(ask.model).or_default();
        let uses = uses.entry(ask).or_default();
        if !uses.contains(&place) {
            uses.push(place);
        }
    }

    fn add_unknown(&mut self, model: ModelRef) {
        self.unknown.insert(model);
    }
}
