//! What the operations of Prisma Client take: the grammar of their arguments.
//!
//! A [`Shape`] is a kind of object in the arguments (`where` of a model, the
//! filter of a scalar, `{ create, connect }` of a relation); with a datamodel
//! it lists its [`Key`]s, and each key says by an [`Input`] what may stand
//! there. The grammar is the union of Prisma 5, 6 and 7 with every preview
//! feature: what it lacks, no version takes.
//!
//! Source: Prisma Client API reference, and the input types of Prisma's DMMF,
//! with which `tests/referees/prisma-arguments` compares it.

mod aggregate;
mod filter;
mod order;
mod query;
mod selection;
mod write;

use smol_str::SmolStr;
use snell_prisma::{
    Arity, Datamodel, EnumId, Field, FieldId, FieldType, Model, ModelId, ScalarType,
};

use super::Operation;

pub use aggregate::Aggregate;
pub use write::Requirement;

/// A kind of object in the arguments of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The first argument of an operation.
    Arguments(ModelId, Operation),
    /// `{ where, select, ... }` below a relation in `select` or `include`.
    RelationArguments(FieldId),
    /// `select`
    Select(ModelId),
    /// `include`
    Include(ModelId),
    /// `omit`
    Omit(ModelId),
    /// `{ select }` below `_count` in `select` or `include`.
    CountArguments(ModelId),
    /// The relations whose rows are counted.
    CountSelect(ModelId),
    /// `{ where }` below a relation that is counted.
    CountFilter(ModelId),
    /// `where`
    Where(ModelId),
    /// `where` that names one row; `cursor`, `connect`.
    UniqueWhere(ModelId),
    /// `where` that knows the model's own columns alone.
    ScalarWhere(ModelId),
    /// `having`
    Having(ModelId),
    /// The columns of a compound key: the model and the position of its index.
    CompoundKey(ModelId, u32),
    /// `{ some, every, none }`
    ToManyFilter(ModelId),
    /// `{ is, isNot }`, or a `where` at once.
    ToOneFilter(FieldId),
    /// `{ equals, in, ... }`
    Filter {
        /// What is compared.
        of: Atom,
        /// Whether it may be null.
        nullable: bool,
        /// In `having`, where aggregates can be compared too.
        aggregates: bool,
    },
    /// `{ has, isEmpty, ... }`
    ListFilter(Atom),
    /// `orderBy`
    OrderBy(ModelId),
    /// `orderBy` of a `groupBy`.
    OrderByAggregates(ModelId),
    /// `{ sort, nulls }`
    SortOptions,
    /// `{ _count }` of a relation to many rows.
    OrderByCount,
    /// `{ fields, sort, search }`
    OrderByRelevance(ModelId),
    /// The columns whose aggregate orders.
    OrderByAggregate(ModelId, Aggregate),
    /// The columns of which an aggregate is taken.
    AggregateSelect(ModelId, Aggregate),
    /// `data` of a create. In a nested one, the field that leads back is left out.
    Create(ModelId, Option<FieldId>),
    /// `data` of a `createMany`.
    CreateMany(ModelId, Option<FieldId>),
    /// `data` of an update.
    Update(ModelId, Option<FieldId>),
    /// `data` of an `updateMany`.
    UpdateMany(ModelId, Option<FieldId>),
    /// `{ set, increment, ... }`
    ScalarUpdate {
        /// What is written.
        of: Atom,
        /// Whether it may be null.
        nullable: bool,
    },
    /// `{ set }` of a list, in a create.
    ListCreate(Atom),
    /// `{ set, push }` of a list.
    ListUpdate(Atom),
    /// `{ create, connect, ... }` of a relation, in a create.
    NestedCreate(FieldId),
    /// `{ create, connect, update, ... }` of a relation, in an update.
    NestedUpdate(FieldId),
    /// `{ where, create }`
    ConnectOrCreate(FieldId),
    /// `{ data, skipDuplicates }`
    NestedCreateMany(FieldId),
    /// `{ where, update, create }`
    NestedUpsert(FieldId),
    /// `{ where, data }` of a relation to many rows.
    UpdateOne(FieldId),
    /// `{ where, data }` of a relation to one row, or its `data` at once.
    UpdateToOne(FieldId),
    /// `{ where, data }` of a nested `updateMany`.
    NestedUpdateMany(FieldId),
}

/// What is no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Atom {
    /// A value of this type.
    Scalar(ScalarType),
    /// A string that is `@db.Uuid`: it has no operators on parts of it.
    Uuid,
    /// A value of an enum of the schema.
    Enum(EnumId),
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of a column of the model.
    Column(ModelId),
    /// `true` or `false`, where an object may stand too.
    Switch,
}

/// Whether a list stands at a place, one value, or either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Listing {
    /// One value.
    #[default]
    One,
    /// One, or a list of such.
    Either,
    /// A list.
    Many,
}

/// What may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Input {
    /// An object of this shape.
    pub shape: Option<Shape>,
    /// A plain value.
    pub atom: Option<Atom>,
    /// `null`
    pub null: bool,
    /// A list of objects.
    pub shapes: Listing,
    /// A list of plain values.
    pub atoms: Listing,
    /// Anything at all: what it takes is not described.
    pub anything: bool,
}

impl Input {
    /// What is not described.
    pub const ANYTHING: Input = Input {
        shape: None,
        atom: None,
        null: true,
        shapes: Listing::Either,
        atoms: Listing::Either,
        anything: true,
    };

    pub(super) fn shape(shape: Shape) -> Self {
        Input {
            shape: Some(shape),
            ..Input::default()
        }
    }

    pub(super) fn atom(atom: Atom) -> Self {
        Input {
            atom: Some(atom),
            ..Input::default()
        }
    }

    pub(super) fn or_atom(self, atom: Atom) -> Self {
        Input {
            atom: Some(atom),
            ..self
        }
    }

    pub(super) fn or_list(self) -> Self {
        Input {
            shapes: Listing::Either,
            ..self
        }
    }

    pub(super) fn or_atoms(self) -> Self {
        Input {
            atoms: Listing::Either,
            ..self
        }
    }

    pub(super) fn list(atom: Atom) -> Self {
        Input {
            atom: Some(atom),
            atoms: Listing::Many,
            ..Input::default()
        }
    }

    pub(super) fn or_null(self, null: bool) -> Self {
        Input { null, ..self }
    }
}

/// A key of a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: SmolStr,
    /// What may stand there.
    pub input: Input,
    /// The field of the schema that it is.
    pub field: Option<FieldId>,
}

impl Key {
    fn new(name: &str, input: Input) -> Self {
        Key {
            name: SmolStr::new(name),
            input,
            field: None,
        }
    }

    fn of(field: &Field, input: Input) -> Self {
        Key {
            name: field.name.clone(),
            input,
            field: Some(field.id),
        }
    }
}

impl Shape {
    /// All keys that an object of this shape may have; `None` when they are
    /// not known, because a line of the model could not be read.
    #[must_use]
    pub fn keys(self, datamodel: &Datamodel) -> Option<Vec<Key>> {
        if let Some(model) = self.model(datamodel)
            && !datamodel[model].is_complete
        {
            return None;
        }
        Some(match self {
            Shape::Arguments(model, operation) => query::arguments(model, operation),
            Shape::RelationArguments(field) => query::relation(datamodel, field)?,
            Shape::Select(model) => selection::select(datamodel, model),
            Shape::Include(model) => selection::include(datamodel, model),
            Shape::Omit(model) => selection::omit(datamodel, model),
            Shape::CountArguments(model) => selection::count(model),
            Shape::CountSelect(model) => selection::count_select(datamodel, model),
            Shape::CountFilter(model) => vec![Key::new("where", Input::shape(Shape::Where(model)))],
            Shape::Where(model) => filter::filter(datamodel, model),
            Shape::UniqueWhere(model) => filter::unique(datamodel, model),
            Shape::ScalarWhere(model) => filter::scalars(datamodel, model),
            Shape::Having(model) => filter::having(datamodel, model),
            Shape::CompoundKey(model, index) => filter::compound(datamodel, model, index),
            Shape::ToManyFilter(model) => filter::to_many(model),
            Shape::ToOneFilter(field) => filter::to_one(datamodel, field)?,
            Shape::Filter {
                of,
                nullable,
                aggregates,
            } => filter::operators(of, nullable, aggregates),
            Shape::ListFilter(of) => filter::list(of),
            Shape::OrderBy(model) => order::by(datamodel, model),
            Shape::OrderByAggregates(model) => order::by_aggregates(datamodel, model),
            Shape::SortOptions => order::options(),
            Shape::OrderByCount => order::count(),
            Shape::OrderByRelevance(model) => order::relevance(model),
            Shape::OrderByAggregate(model, of) => aggregate::order(datamodel, model, of),
            Shape::AggregateSelect(model, of) => aggregate::select(datamodel, model, of),
            Shape::Create(model, back) => write::create(datamodel, model, back),
            Shape::CreateMany(model, back) => write::create_many(datamodel, model, back),
            Shape::Update(model, back) => write::update(datamodel, model, back),
            Shape::UpdateMany(model, back) => write::update_many(datamodel, model, back),
            Shape::ScalarUpdate { of, nullable } => write::scalar(of, nullable),
            Shape::ListCreate(of) => vec![Key::new("set", Input::list(of))],
            Shape::ListUpdate(of) => write::list(of),
            Shape::NestedCreate(field) => write::nested_create(datamodel, field)?,
            Shape::NestedUpdate(field) => write::nested_update(datamodel, field)?,
            Shape::ConnectOrCreate(field) => write::connect_or_create(datamodel, field)?,
            Shape::NestedCreateMany(field) => write::nested_create_many(datamodel, field)?,
            Shape::NestedUpsert(field) => write::nested_upsert(datamodel, field)?,
            Shape::UpdateOne(field) => write::update_one(datamodel, field)?,
            Shape::UpdateToOne(field) => write::update_to_one(datamodel, field)?,
            Shape::NestedUpdateMany(field) => write::nested_update_many(datamodel, field)?,
        })
    }

    /// The model whose rows the object is about.
    #[must_use]
    pub fn model(self, datamodel: &Datamodel) -> Option<ModelId> {
        match self {
            Shape::Arguments(model, _)
            | Shape::Select(model)
            | Shape::Include(model)
            | Shape::Omit(model)
            | Shape::CountArguments(model)
            | Shape::CountSelect(model)
            | Shape::CountFilter(model)
            | Shape::Where(model)
            | Shape::UniqueWhere(model)
            | Shape::ScalarWhere(model)
            | Shape::Having(model)
            | Shape::CompoundKey(model, _)
            | Shape::ToManyFilter(model)
            | Shape::OrderBy(model)
            | Shape::OrderByAggregates(model)
            | Shape::OrderByRelevance(model)
            | Shape::OrderByAggregate(model, _)
            | Shape::AggregateSelect(model, _)
            | Shape::Create(model, _)
            | Shape::CreateMany(model, _)
            | Shape::Update(model, _)
            | Shape::UpdateMany(model, _) => Some(model),
            Shape::RelationArguments(field)
            | Shape::ToOneFilter(field)
            | Shape::NestedCreate(field)
            | Shape::NestedUpdate(field)
            | Shape::ConnectOrCreate(field)
            | Shape::NestedCreateMany(field)
            | Shape::NestedUpsert(field)
            | Shape::UpdateOne(field)
            | Shape::UpdateToOne(field)
            | Shape::NestedUpdateMany(field) => {
                datamodel[field].relation().map(|relation| relation.target)
            }
            Shape::Filter { .. }
            | Shape::ListFilter(_)
            | Shape::SortOptions
            | Shape::OrderByCount
            | Shape::ScalarUpdate { .. }
            | Shape::ListCreate(_)
            | Shape::ListUpdate(_) => None,
        }
    }

    /// Whether the keys are, but for a few, the fields of [`Shape::model`].
    #[must_use]
    pub fn lists_fields(self) -> bool {
        matches!(
            self,
            Shape::Select(_)
                | Shape::Include(_)
                | Shape::Omit(_)
                | Shape::CountSelect(_)
                | Shape::Where(_)
                | Shape::UniqueWhere(_)
                | Shape::ScalarWhere(_)
                | Shape::Having(_)
                | Shape::ToOneFilter(_)
                | Shape::OrderBy(_)
                | Shape::OrderByAggregates(_)
                | Shape::OrderByAggregate(..)
                | Shape::AggregateSelect(..)
                | Shape::Create(..)
                | Shape::CreateMany(..)
                | Shape::Update(..)
                | Shape::UpdateMany(..)
                | Shape::UpdateToOne(_)
        )
    }
}

/// The plain value that a column holds; `None` for relations, composite
/// types and what could not be resolved.
fn atom(field: &Field) -> Option<Atom> {
    let native = field
        .native_type
        .as_ref()
        .map(|native| native.name.as_str());
    match &field.ty {
        FieldType::Scalar(ScalarType::String) if native == Some("Uuid") => Some(Atom::Uuid),
        FieldType::Scalar(scalar) => Some(Atom::Scalar(*scalar)),
        FieldType::Enum(id) => Some(Atom::Enum(*id)),
        _ => None,
    }
}

/// The fields that the client shows. Relations to a model that it does not show are left out too.
fn visible<'d>(datamodel: &'d Datamodel, model: &'d Model) -> impl Iterator<Item = &'d Field> {
    model.fields.iter().filter(|field| {
        field.is_visible()
            && datamodel
                .target(field)
                .is_none_or(|target| target.ignored.is_none())
    })
}

/// The visible fields that are columns.
fn columns<'d>(datamodel: &'d Datamodel, model: &'d Model) -> impl Iterator<Item = &'d Field> {
    visible(datamodel, model).filter(|field| field.is_column())
}

fn is_nullable(field: &Field) -> bool {
    field.arity == Arity::Optional
}
