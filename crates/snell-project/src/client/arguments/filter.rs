//! `where`, `having` and the operators below their columns.

use snell_prisma::{Datamodel, Field, FieldId, FieldType, Model, ModelId, ScalarType};

use super::{
    Aggregate, Atom, Input, Key, Listing, Shape, atom, columns, is_nullable, query::boolean,
    visible,
};

const MODES: &[&str] = &["default", "insensitive"];

pub(super) fn filter(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let mut keys = connectives(Shape::Where(model));
    keys.extend(
        visible(datamodel, &datamodel[model]).map(|field| Key::of(field, condition(field, false))),
    );
    keys
}

/// A unique criterion, and since Prisma 5 any further condition.
pub(super) fn unique(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let mut keys = filter(datamodel, model);
    keys.extend(compounds(&datamodel[model]));
    keys
}

pub(super) fn scalars(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let mut keys = connectives(Shape::ScalarWhere(model));
    keys.extend(
        columns(datamodel, &datamodel[model]).map(|field| Key::of(field, condition(field, false))),
    );
    keys
}

pub(super) fn having(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let mut keys = connectives(Shape::Having(model));
    keys.extend(
        columns(datamodel, &datamodel[model]).map(|field| Key::of(field, condition(field, true))),
    );
    keys
}

pub(super) fn compound(datamodel: &Datamodel, model: ModelId, index: u32) -> Vec<Key> {
    let model = &datamodel[model];
    let Some(index) = model.all_indexes.get(index as usize) else {
        return Vec::new();
    };
    let columns = index.columns.iter();
    columns
        .map(|column| match column.field.filter(|_| !column.is_path()) {
            Some(id) => Key::of(
                &datamodel[id],
                atom(&datamodel[id]).map_or(Input::ANYTHING, Input::atom),
            ),
            None => Key::new(
                column.name.split('.').next().unwrap_or_default(),
                Input::ANYTHING,
            ),
        })
        .collect()
}

pub(super) fn to_many(model: ModelId) -> Vec<Key> {
    ["some", "every", "none"]
        .map(|name| Key::new(name, Input::shape(Shape::Where(model))))
        .into()
}

pub(super) fn to_one(datamodel: &Datamodel, field: FieldId) -> Option<Vec<Key>> {
    let target = datamodel[field].relation()?.target;
    let mut keys = filter(datamodel, target);
    let nullable = is_nullable(&datamodel[field]);
    for name in ["is", "isNot"] {
        let input = Input::shape(Shape::Where(target)).or_null(nullable);
        match keys.iter_mut().find(|key| key.name == name) {
            // A column of that name: which of the two is meant is not told apart.
            Some(key) => key.input = Input::ANYTHING,
            None => keys.push(Key::new(name, input)),
        }
    }
    Some(keys)
}

/// The operators on one value.
pub(super) fn operators(of: Atom, nullable: bool, aggregates: bool) -> Vec<Key> {
    let value = Input::atom(of).or_null(nullable);
    let plain = Input::atom(of);
    let list = Input::list(of).or_null(nullable);
    let mut keys = vec![Key::new("equals", value)];
    keys.push(Key::new(
        "not",
        Input {
            shape: Some(Shape::Filter {
                of,
                nullable,
                aggregates,
            }),
            ..value
        },
    ));
    if of == Atom::Scalar(ScalarType::Json) {
        keys.extend(json());
    } else if of != Atom::Scalar(ScalarType::Boolean) {
        keys.extend([Key::new("in", list), Key::new("notIn", list)]);
    }
    let ordered = !matches!(
        of,
        Atom::Enum(_) | Atom::Scalar(ScalarType::Boolean | ScalarType::Bytes)
    );
    if ordered {
        keys.extend(["lt", "lte", "gt", "gte"].map(|name| Key::new(name, plain)));
    }
    if of == Atom::Scalar(ScalarType::String) {
        keys.extend(["contains", "startsWith", "endsWith"].map(|name| Key::new(name, plain)));
    }
    if matches!(
        of,
        Atom::Uuid | Atom::Scalar(ScalarType::String | ScalarType::Json)
    ) {
        keys.push(Key::new("mode", Input::atom(Atom::Word(MODES))));
        keys.push(Key::new(
            "search",
            Input::atom(Atom::Scalar(ScalarType::String)),
        ));
    }
    if nullable {
        // MongoDB: a field may be absent.
        keys.push(boolean("isSet"));
    }
    if aggregates {
        keys.extend(Aggregate::ALL.into_iter().filter_map(|aggregate| {
            let of = aggregate.of(of)?;
            Some(Key::new(aggregate.as_str(), compared(of, nullable, false)))
        }));
    }
    keys
}

/// The operators on a list of scalars or enum values.
pub(super) fn list(of: Atom) -> Vec<Key> {
    vec![
        Key::new("equals", Input::list(of).or_null(true)),
        Key::new("has", Input::atom(of).or_null(true)),
        Key::new("hasEvery", Input::list(of)),
        Key::new("hasSome", Input::list(of)),
        boolean("isEmpty"),
        boolean("isSet"),
    ]
}

fn json() -> Vec<Key> {
    let text = Input::atom(Atom::Scalar(ScalarType::String));
    let mut keys = vec![Key::new(
        "path",
        Input {
            atoms: Listing::Either,
            ..text
        },
    )];
    keys.extend(
        ["string_contains", "string_starts_with", "string_ends_with"]
            .map(|name| Key::new(name, text)),
    );
    keys.extend(
        ["array_contains", "array_starts_with", "array_ends_with"]
            .map(|name| Key::new(name, Input::ANYTHING)),
    );
    keys
}

fn connectives(shape: Shape) -> Vec<Key> {
    ["AND", "OR", "NOT"]
        .map(|name| Key::new(name, Input::shape(shape).or_list()))
        .into()
}

fn condition(field: &Field, aggregates: bool) -> Input {
    match &field.ty {
        FieldType::Relation(relation) if field.is_list() => {
            Input::shape(Shape::ToManyFilter(relation.target))
        }
        FieldType::Relation(_) => {
            Input::shape(Shape::ToOneFilter(field.id)).or_null(is_nullable(field))
        }
        _ => match atom(field) {
            Some(of) if field.is_list() => Input::shape(Shape::ListFilter(of)),
            Some(of) => compared(of, is_nullable(field), aggregates),
            None => Input::ANYTHING,
        },
    }
}

/// A value at once, or operators. A Json column takes operators alone.
fn compared(of: Atom, nullable: bool, aggregates: bool) -> Input {
    let operators = Input::shape(Shape::Filter {
        of,
        nullable,
        aggregates,
    });
    match of {
        Atom::Scalar(ScalarType::Json) => operators,
        _ => operators.or_atom(of).or_null(nullable),
    }
}

/// The keys that stand for more than one column.
fn compounds(model: &Model) -> impl Iterator<Item = Key> {
    model
        .all_indexes
        .iter()
        .zip(0u32..)
        .filter(|(index, _)| index.columns.len() > 1)
        .filter_map(|(index, n)| {
            let name = index.where_key()?;
            Some(Key::new(
                &name,
                Input::shape(Shape::CompoundKey(model.id, n)),
            ))
        })
}
