//! `orderBy`.

use snell_prisma::{Datamodel, FieldType, ModelId, ScalarType};

use super::{Aggregate, Atom, Input, Key, Shape, is_nullable, visible};

const SORT: &[&str] = &["asc", "desc"];
const NULLS: &[&str] = &["first", "last"];

/// A direction, or, of a column that may be null, a direction and where nulls go.
pub(super) fn sort(nulls: bool) -> Input {
    let plain = Input::atom(Atom::Word(SORT));
    if nulls {
        Input {
            shape: Some(Shape::SortOptions),
            ..plain
        }
    } else {
        plain
    }
}

pub(super) fn by(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let fields = visible(datamodel, &datamodel[model]);
    let mut keys: Vec<Key> = fields
        .map(|field| {
            let input = match &field.ty {
                FieldType::Relation(_) if field.is_list() => Input::shape(Shape::OrderByCount),
                FieldType::Relation(relation) => Input::shape(Shape::OrderBy(relation.target)),
                FieldType::Composite(_) | FieldType::Unknown(_) => Input::ANYTHING,
                _ => sort(is_nullable(field)),
            };
            Key::of(field, input)
        })
        .collect();
    keys.push(Key::new(
        "_relevance",
        Input::shape(Shape::OrderByRelevance(model)).or_list(),
    ));
    keys
}

pub(super) fn by_aggregates(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let fields = visible(datamodel, &datamodel[model]).filter(|field| field.is_column());
    let mut keys: Vec<Key> = fields
        .map(|field| Key::of(field, sort(is_nullable(field))))
        .collect();
    keys.extend(Aggregate::ALL.into_iter().map(|aggregate| {
        let shape = Shape::OrderByAggregate(model, aggregate);
        Key::new(aggregate.as_str(), Input::shape(shape))
    }));
    keys.push(Key::new(
        "_relevance",
        Input::shape(Shape::OrderByRelevance(model)).or_list(),
    ));
    keys
}

pub(super) fn options() -> Vec<Key> {
    vec![
        Key::new("sort", sort(false)),
        Key::new("nulls", Input::atom(Atom::Word(NULLS))),
    ]
}

pub(super) fn count() -> Vec<Key> {
    vec![Key::new("_count", sort(false))]
}

pub(super) fn relevance(model: ModelId) -> Vec<Key> {
    vec![
        Key::new("fields", Input::atom(Atom::Column(model)).or_atoms()),
        Key::new("sort", sort(false)),
        Key::new("search", Input::atom(Atom::Scalar(ScalarType::String))),
    ]
}
