//! What becomes of each field of the live schemas: where queries write, filter, sort and
//! select it, and which texts say its name at all.
//!
//! What is uncertain counts as a possible use: data of which not every key is known may
//! write every field, and a name that any text says may be read there.

mod exempt;
mod queries;
mod texts;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_flow::Value;
use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    names::plain,
    schema::{FieldRef, ModelRef, Schema},
};
use snell_source::Location;

use crate::{rule::Context, support::certain};

use texts::Texts;

/// The lives of all fields.
#[derive(Debug, Default)]
pub struct FieldLives {
    fields: FxHashMap<FieldRef, FieldLife>,
    models: FxHashMap<ModelRef, ModelLife>,
    texts: Texts,
}

/// Where one field is used by queries whose arguments are known.
#[derive(Debug, Default, Clone)]
pub struct FieldLife {
    /// Keys of data.
    pub written: Vec<Location>,
    /// Keys of conditions.
    pub filtered: Vec<Location>,
    /// Keys of orders.
    pub sorted: Vec<Location>,
    /// Keys of selections, of groups and aggregates.
    pub selected: Vec<Location>,
    /// What new rows are given, those of tests left out.
    pub(crate) given: Vec<Given>,
    /// What rows are given whenever they change, that of new ones included.
    pub(crate) values: Vec<Given>,
}

/// A value that a query writes.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// The value.
    pub(crate) value: Value,
    /// Whether it is there on every way.
    pub(crate) always: bool,
    /// Its key.
    pub(crate) at: Location,
}

/// What queries do with the rows of one model.
#[derive(Debug, Default, Clone)]
pub struct ModelLife {
    /// Calls on it, tests and seeds included.
    pub calls: usize,
    /// Where code that is no test makes new rows of objects.
    pub creates: usize,
    /// How many such objects there are.
    pub(crate) rows: usize,
    /// Data of which not every key is known is written, or may be.
    pub open: bool,
}

/// Which files say a field's name or that of its column, in any case.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Named<'l> {
    /// Modules that were read, and other code.
    pub code: Vec<&'l str>,
    /// Front ends among them.
    pub front_ends: Vec<&'l str>,
    /// SQL: statements of migrations that do more than declare, scripts.
    pub sql: Vec<&'l str>,
}

impl Named<'_> {
    /// Whether nothing says the name.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        self.code.is_empty() && self.sql.is_empty()
    }
}

/// The lives of all fields, worked out when they are first asked for.
#[must_use]
pub fn field_lives(context: &Context<'_>) -> Arc<FieldLives> {
    context.shared.get_or_init(|| {
        let mut lives = FieldLives {
            texts: Texts::read(context),
            ..FieldLives::default()
        };
        queries::read(context, &mut lives);
        lives
    })
}

impl FieldLives {
    /// What queries do with a field.
    #[must_use]
    pub fn field(&self, field: FieldRef) -> FieldLife {
        self.fields.get(&field).cloned().unwrap_or_default()
    }

    /// What new rows are given, and what any rows are, in code that is no test.
    pub(crate) fn given(&self, field: FieldRef) -> (&[Given], &[Given]) {
        self.fields
            .get(&field)
            .map_or((&[], &[]), |life| (&life.given, &life.values))
    }

    /// Whether any row may hold something in a column: a query gives it more than `null`, or not all
    /// that writes the rows is known.
    pub(crate) fn may_hold(&self, id: ModelRef, field: &Field) -> bool {
        let (_, values) = self.given(FieldRef {
            schema: id.schema,
            field: field.id,
        });
        let is_empty = |value: &Value| {
            let choices = value.choices();
            choices
                .into_iter()
                .all(|one| *one == Value::Undefined || certain::is_null(one))
        };
        self.model(id).open
            || field.default.is_some()
            || self.is_written_beside(field)
            || values.iter().any(|one| !is_empty(&one.value))
    }

    /// Whether every row is made with a value for a column that may be `NULL`, and none loses it:
    /// as far as all that writes rows is known.
    pub(crate) fn is_always_set(
        &self,
        context: &Context<'_>,
        (id, model): (ModelRef, &Model),
        field: &Field,
    ) -> bool {
        let rows = self.model(id);
        let (given, values) = self.given(FieldRef {
            schema: id.schema,
            field: field.id,
        });
        let is_given = given.iter().filter(|one| one.always).count() == rows.rows;
        field.is_optional()
            && rows.rows > 0
            && !rows.open
            && is_given
            && given.iter().all(|one| certain::is_set(context, &one.value))
            && values
                .iter()
                .all(|one| one.value == Value::Undefined || certain::is_set(context, &one.value))
            && self.exempt(model, field).is_none()
            && !self.is_written_beside(field)
    }

    /// What queries do with a model.
    #[must_use]
    pub fn model(&self, model: ModelRef) -> ModelLife {
        self.models.get(&model).cloned().unwrap_or_default()
    }

    /// Which texts say a field's name.
    #[must_use]
    pub fn named(&self, field: &Field) -> Named<'_> {
        self.texts
            .named(&[plain(&field.name), plain(&field.db_name)])
    }

    /// Whether any text says one of the names.
    pub(crate) fn says(&self, names: &[SmolStr]) -> bool {
        !self.texts.named(names).is_nowhere()
    }

    /// Whether SQL, another language or an extension of the client may write a field.
    pub(crate) fn is_written_beside(&self, field: &Field) -> bool {
        [&field.name, &field.db_name]
            .into_iter()
            .any(|name| self.texts.beside.contains(&plain(name)))
    }

    /// Whether SQL, another language or an extension of the client may read a field.
    pub(crate) fn is_read_beside(&self, field: &Field) -> bool {
        [&field.name, &field.db_name]
            .into_iter()
            .any(|name| self.texts.read_beside.contains(&plain(name)))
    }

    /// Whether anything calls the client of a schema.
    pub(crate) fn has_calls(&self, context: &Context<'_>, schema: &Schema) -> bool {
        let mut models = context.project.schemas.models();
        models.any(|(id, of, _)| of.path == schema.path && self.model(id).calls > 0)
    }

    /// Why nothing is said of a field, if so.
    #[must_use]
    pub fn exempt(&self, model: &Model, field: &Field) -> Option<&'static str> {
        exempt::field(model, field).or_else(|| self.owned(model))
    }

    /// Whether a library outside owns the rows of a model.
    #[must_use]
    pub fn owned(&self, model: &Model) -> Option<&'static str> {
        let named_after = |name: &str| {
            let first = name.split_once('_').map(|(first, _)| plain(first));
            first.is_some_and(|first| self.texts.packages.contains(&first))
        };
        let owned = self.texts.has_library && exempt::is_of_library(&model.name)
            || named_after(&model.db_name);
        owned.then_some("a library keeps its rows here")
    }

    /// Whether a library has made a table for itself, and the application does not touch it: its form
    /// is not the application's to change.
    pub(crate) fn is_made_outside(&self, id: ModelRef, model: &Model) -> bool {
        self.owned(model).is_some() && self.model(id).calls == 0
    }

    fn field_mut(&mut self, model: ModelRef, field: FieldId) -> &mut FieldLife {
        let schema = model.schema;
        self.fields.entry(FieldRef { schema, field }).or_default()
    }
}

/// Names without case and underscores.
type Words = FxHashSet<SmolStr>;
