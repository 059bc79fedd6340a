//! The arguments of operations, and those below relations in a selection.

use snell_prisma::{Datamodel, FieldId, ModelId, ScalarType};

use super::{Aggregate, Atom, Input, Key, Listing, Shape};
use crate::client::Operation;

/// How a query joins: preview feature `relationJoins`.
const LOAD_STRATEGIES: &[&str] = &["query", "join"];

pub(super) fn arguments(model: ModelId, operation: Operation) -> Vec<Key> {
    let mut keys = match operation {
        Operation::FindUnique | Operation::FindUniqueOrThrow => vec![unique(model)],
        Operation::FindFirst | Operation::FindFirstOrThrow | Operation::FindMany => {
            let mut keys = page(model);
            keys.push(distinct(model));
            keys
        }
        Operation::Create => vec![Key::new("data", Input::shape(Shape::Create(model, None)))],
        Operation::CreateMany | Operation::CreateManyAndReturn => vec![
            Key::new(
                "data",
                Input::shape(Shape::CreateMany(model, None)).or_list(),
            ),
            boolean("skipDuplicates"),
        ],
        Operation::Update => vec![
            unique(model),
            Key::new("data", Input::shape(Shape::Update(model, None))),
        ],
        Operation::UpdateMany | Operation::UpdateManyAndReturn => vec![
            filter(model),
            Key::new("data", Input::shape(Shape::UpdateMany(model, None))),
            number("limit"),
        ],
        Operation::Upsert => vec![
            unique(model),
            Key::new("create", Input::shape(Shape::Create(model, None))),
            Key::new("update", Input::shape(Shape::Update(model, None))),
        ],
        Operation::Delete => vec![unique(model)],
        Operation::DeleteMany => vec![filter(model), number("limit")],
        Operation::Count => {
            let mut keys = page(model);
            let select = Input::shape(Shape::AggregateSelect(model, Aggregate::Count));
            keys.push(Key::new("select", select.or_atom(Atom::Switch)));
            keys
        }
        Operation::Aggregate => {
            let mut keys = page(model);
            keys.extend(aggregates(model));
            keys
        }
        Operation::GroupBy => {
            let mut keys = vec![
                filter(model),
                Key::new(
                    "orderBy",
                    Input::shape(Shape::OrderByAggregates(model)).or_list(),
                ),
                Key::new("by", Input::atom(Atom::Column(model)).or_atoms()),
                Key::new("having", Input::shape(Shape::Having(model))),
                number("take"),
                number("skip"),
            ];
            keys.extend(aggregates(model));
            keys
        }
        Operation::FindRaw => anything(&["filter", "options"]),
        Operation::AggregateRaw => anything(&["pipeline", "options"]),
        Operation::QueryRaw
        | Operation::ExecuteRaw
        | Operation::QueryRawUnsafe
        | Operation::ExecuteRawUnsafe
        | Operation::QueryRawTyped
        | Operation::Transaction => Vec::new(),
    };
    if operation.gives_rows() {
        keys.extend(selection(model));
        keys.push(Key::new(
            "relationLoadStrategy",
            Input::atom(Atom::Word(LOAD_STRATEGIES)),
        ));
    }
    // Prisma 4, and Prisma Accelerate.
    keys.extend(anything(&["rejectOnNotFound", "cacheStrategy"]));
    keys
}

/// Below a relation in `select` or `include`.
pub(super) fn relation(datamodel: &Datamodel, field: FieldId) -> Option<Vec<Key>> {
    let target = datamodel[field].relation()?.target;
    let mut keys = if datamodel[field].is_list() {
        let mut keys = page(target);
        keys.push(distinct(target));
        keys
    } else if datamodel[field].is_optional() {
        vec![filter(target)]
    } else {
        Vec::new()
    };
    keys.extend(selection(target));
    Some(keys)
}

fn unique(model: ModelId) -> Key {
    Key::new("where", Input::shape(Shape::UniqueWhere(model)))
}

fn filter(model: ModelId) -> Key {
    Key::new("where", Input::shape(Shape::Where(model)))
}

fn distinct(model: ModelId) -> Key {
    Key::new("distinct", Input::atom(Atom::Column(model)).or_atoms())
}

fn page(model: ModelId) -> Vec<Key> {
    vec![
        filter(model),
        Key::new("orderBy", Input::shape(Shape::OrderBy(model)).or_list()),
        Key::new("cursor", Input::shape(Shape::UniqueWhere(model))),
        number("take"),
        number("skip"),
    ]
}

fn selection(model: ModelId) -> [Key; 3] {
    [
        Key::new("select", Input::shape(Shape::Select(model)).or_null(true)),
        Key::new("include", Input::shape(Shape::Include(model)).or_null(true)),
        Key::new("omit", Input::shape(Shape::Omit(model)).or_null(true)),
    ]
}

fn aggregates(model: ModelId) -> impl Iterator<Item = Key> {
    Aggregate::ALL.into_iter().map(move |aggregate| {
        let input = Input::shape(Shape::AggregateSelect(model, aggregate));
        let input = match aggregate {
            Aggregate::Count => input.or_atom(Atom::Switch),
            _ => input,
        };
        Key::new(aggregate.as_str(), input)
    })
}

pub(super) fn number(name: &str) -> Key {
    Key::new(name, Input::atom(Atom::Scalar(ScalarType::Int)))
}

pub(super) fn boolean(name: &str) -> Key {
    Key::new(name, Input::atom(Atom::Scalar(ScalarType::Boolean)))
}

pub(super) fn anything(names: &[&str]) -> Vec<Key> {
    names
        .iter()
        .map(|name| Key::new(name, Input::ANYTHING))
        .collect()
}

/// A list, or one object, of this shape.
pub(super) fn objects(name: &str, shape: Shape) -> Key {
    Key::new(
        name,
        Input {
            shapes: Listing::Either,
            ..Input::shape(shape)
        },
    )
}
