//! What seeds put into the tables of the live schemas: which models get rows, which relations are
//! filled, which values of enums are used, and whose the rows are.
//!
//! A seed is what `prisma db seed` runs, what a script says that is named so, and a file that is
//! called so and that nothing of these starts. Its calls are followed from its own statements,
//! with the values that they are handed there.

mod found;
mod guards;
mod runs;
mod sql;
mod values;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use smol_str::SmolStr;
use snell_flow::Value;
use snell_prisma::{FieldId, ModelId, RelationId};
use snell_project::{
    module::{ExpressionRef, ModuleId},
    schema::SchemaId,
};
use snell_source::{FileId, Location};

use crate::rule::Context;

/// The seeds of all live schemas.
#[derive(Debug, Default)]
pub struct Seeds {
    /// One for each schema, in their order.
    pub schemas: Vec<SchemaSeeds>,
}

/// What seeds put into the tables of one schema.
#[derive(Debug, Default)]
pub struct SchemaSeeds {
    /// What starts them.
    pub starts: Vec<SeedStart>,
    /// The modules that they consist of.
    pub modules: Vec<ModuleId>,
    /// SQL files among them.
    pub scripts: Vec<FileId>,
    /// What each model gets.
    pub models: BTreeMap<ModelId, SeededModel>,
    /// The models whose rows are removed before, those that a cascade takes included.
    pub cleared: BTreeSet<ModelId>,
    /// Where rows are removed.
    pub clears: Vec<Location>,
    /// Where rows are made by statements of the seeds themselves, not inside other rows.
    pub creations: Vec<Creation>,
    /// Whether rows may go into any model, or may be removed from any.
    pub open: bool,
}

/// What starts a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedStart {
    /// The command, or the first byte of a file.
    pub at: Location,
    /// How it comes to run.
    pub kind: StartKind,
    /// The module that it starts, when it was found.
    pub module: Option<ModuleId>,
}

/// How a seed comes to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartKind {
    /// `prisma db seed` runs it.
    Declared,
    /// A script of a `package.json` does.
    Script(SmolStr),
    /// Its name says that it is one.
    Named,
}

/// What one model gets.
#[derive(Debug, Clone, Default)]
pub struct SeededModel {
    /// Where rows are made.
    pub places: Vec<Location>,
    /// How many are written out one by one.
    pub rows: usize,
    /// Whether there may be more: loops, lists that are not known.
    pub many: bool,
    /// Whether some rows have fields that are not known.
    pub open: bool,
    /// What fields are given.
    pub fields: BTreeMap<FieldId, SeededField>,
    /// The relations that rows fill.
    pub relations: BTreeSet<RelationId>,
    /// The owners that rows name, each once; at most eight.
    pub owners: Vec<Value>,
    /// Whether some rows have an owner that is not known.
    pub owners_open: bool,
}

/// What a field is given.
#[derive(Debug, Clone, Default)]
pub struct SeededField {
    /// Constants, as text.
    pub values: BTreeSet<SmolStr>,
    /// Whether some row has none.
    pub null: bool,
    /// Whether some rows have a value that is not known.
    pub open: bool,
    /// Where its values are written.
    pub places: Vec<Location>,
    /// The expressions that give them.
    pub given: Vec<ExpressionRef>,
}

/// Rows that a statement of a seed makes.
#[derive(Debug, Clone)]
pub struct Creation {
    /// The model.
    pub model: ModelId,
    /// The operation's name, or the insert.
    pub at: Location,
    /// What keeps them from being made again.
    pub guard: Guard,
    /// A key of the model that the rows give, so that making them again fails.
    pub key: Option<SmolStr>,
}

/// What keeps rows from being made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    None,
    /// The statement itself: `upsert`, `skipDuplicates`, `ON CONFLICT`.
    Statement,
    /// A look at what is there, or a `catch`.
    Checked,
    /// Nobody can say: not every argument is known.
    Unknown,
}

/// More owners than this are not told apart.
const MOST_OWNERS: usize = 8;

/// The seeds, found when the first rule asks.
#[must_use]
pub fn seeds(context: &Context<'_>) -> Arc<Seeds> {
    context.shared.get_or_init(|| Seeds::of(context))
}

impl Seeds {
    fn of(context: &Context<'_>) -> Self {
        let schemas = &context.project.schemas;
        let mut seeds = Seeds {
            schemas: schemas.iter().map(|_| SchemaSeeds::default()).collect(),
        };
        let found = found::seeds(context);
        let runs = runs::of(context, &found);
        for run in &runs {
            values::add(context, &mut seeds, run);
        }
        sql::scripts(context, &mut seeds);
        for (id, schema) in schemas.iter() {
            let own = &mut seeds.schemas[id.0 as usize];
            found.assign(context, id, own);
            close(&schema.datamodel, &mut own.cleared);
        }
        seeds
    }

    /// Those of one schema.
    #[must_use]
    pub fn schema(&self, id: SchemaId) -> &SchemaSeeds {
        &self.schemas[id.0 as usize]
    }
}

impl SchemaSeeds {
    /// Whether nothing fills the tables.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.starts.is_empty() && self.scripts.is_empty() && self.models.is_empty()
    }

    /// What a model gets; nothing when no row is made.
    #[must_use]
    pub fn model(&self, id: ModelId) -> Option<&SeededModel> {
        self.models
            .get(&id)
            .filter(|model| !model.places.is_empty())
    }

    /// Where a finding about all seeds stands: what starts them, or their first row.
    pub(crate) fn place(&self) -> Option<Location> {
        let starts = self.starts.iter();
        let declared = starts.clone().find(|one| one.kind == StartKind::Declared);
        let first = declared.or_else(|| starts.clone().next()).map(|one| one.at);
        let script = || {
            self.scripts
                .first()
                .map(|file| Location::new(*file, snell_source::Span::new(0, 0)))
        };
        first.or_else(script)
    }

    pub(in crate::support::rows::seeds) fn model_mut(&mut self, id: ModelId) -> &mut SeededModel {
        self.models.entry(id).or_default()
    }
}

impl SeededModel {
    pub(in crate::support::rows::seeds) fn add_owner(&mut self, value: &Value) {
        if !guards::is_settled(value) {
            self.owners_open = true;
        } else if !self.owners.contains(value) {
            if self.owners.len() < MOST_OWNERS {
                self.owners.push(value.clone());
            } else {
                self.owners_open = true;
            }
        }
    }
}

/// Adds the models whose rows go with those of others.
fn close(datamodel: &snell_prisma::Datamodel, cleared: &mut BTreeSet<ModelId>) {
    let mut waiting: Vec<ModelId> = cleared.iter().copied().collect();
    while let Some(parent) = waiting.pop() {
        for relation in datamodel.relations() {
            let Some(key) = &relation.foreign_key else {
                continue;
            };
            let child = key.field.model;
            let goes = key.on_delete.action == snell_prisma::ReferentialAction::Cascade;
            let of_parent = key
                .references
                .first()
                .is_some_and(|field| field.model == parent);
            if goes && of_parent && cleared.insert(child) {
                waiting.push(child);
            }
        }
    }
}
