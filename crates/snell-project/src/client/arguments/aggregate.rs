//! Aggregates: which columns each takes, and what it gives.

use snell_prisma::{Datamodel, Field, FieldType, ModelId, ScalarType};

use super::{Atom, Input, Key, columns, order::sort};

/// An aggregate of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the aggregate of that name")]
pub enum Aggregate {
    Count,
    Avg,
    Sum,
    Min,
    Max,
}

impl Aggregate {
    /// All of them, in the order of the reference.
    pub const ALL: [Aggregate; 5] = [
        Aggregate::Count,
        Aggregate::Avg,
        Aggregate::Sum,
        Aggregate::Min,
        Aggregate::Max,
    ];

    /// Its key in arguments.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Aggregate::Count => "_count",
            Aggregate::Avg => "_avg",
            Aggregate::Sum => "_sum",
            Aggregate::Min => "_min",
            Aggregate::Max => "_max",
        }
    }

    /// Whether the column has this aggregate. Json can only be counted.
    fn takes(self, field: &Field) -> bool {
        match self {
            Aggregate::Count => true,
            Aggregate::Avg | Aggregate::Sum => field.scalar().is_some_and(is_number),
            Aggregate::Min | Aggregate::Max => {
                let comparable = match &field.ty {
                    FieldType::Scalar(scalar) => *scalar != ScalarType::Json,
                    FieldType::Composite(_) => false,
                    _ => true,
                };
                !field.is_list() && comparable
            }
        }
    }

    /// The type of the aggregate of values of this type, for `having`.
    pub(super) fn of(self, atom: Atom) -> Option<Atom> {
        let number = matches!(
            atom,
            Atom::Scalar(
                ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal
            )
        );
        match self {
            Aggregate::Count => Some(Atom::Scalar(ScalarType::Int)),
            Aggregate::Avg if atom == Atom::Scalar(ScalarType::Decimal) => Some(atom),
            Aggregate::Avg => number.then_some(Atom::Scalar(ScalarType::Float)),
            Aggregate::Sum => number.then_some(atom),
            Aggregate::Min | Aggregate::Max if atom == Atom::Uuid => {
                Some(Atom::Scalar(ScalarType::String))
            }
            Aggregate::Min | Aggregate::Max => Some(atom),
        }
    }
}

fn is_number(scalar: ScalarType) -> bool {
    matches!(
        scalar,
        ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal
    )
}

pub(super) fn select(datamodel: &Datamodel, model: ModelId, of: Aggregate) -> Vec<Key> {
    let mut keys = taken(datamodel, model, of, Input::atom(Atom::Switch));
    if of == Aggregate::Count {
        keys.push(Key::new("_all", Input::atom(Atom::Switch)));
    }
    keys
}

pub(super) fn order(datamodel: &Datamodel, model: ModelId, of: Aggregate) -> Vec<Key> {
    taken(datamodel, model, of, sort(false))
}

fn taken(datamodel: &Datamodel, model: ModelId, of: Aggregate, input: Input) -> Vec<Key> {
    columns(datamodel, &datamodel[model])
        .filter(|field| of.takes(field))
        .map(|field| Key::of(field, input))
        .collect()
}
