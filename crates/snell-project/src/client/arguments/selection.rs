//! `select`, `include`, `omit`, and `_count` below them.

use snell_prisma::{Datamodel, Field, FieldType, ModelId};

use super::{Atom, Input, Key, Shape, columns, visible};

pub(super) fn select(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let fields = visible(datamodel, &datamodel[model]);
    let mut keys: Vec<Key> = fields
        .map(|field| Key::of(field, selected(field)))
        .collect();
    keys.extend(counts(datamodel, model));
    keys
}

pub(super) fn include(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    let fields = visible(datamodel, &datamodel[model]).filter(|field| field.relation().is_some());
    let mut keys: Vec<Key> = fields
        .map(|field| Key::of(field, selected(field)))
        .collect();
    keys.extend(counts(datamodel, model));
    keys
}

pub(super) fn omit(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    columns(datamodel, &datamodel[model])
        .map(|field| Key::of(field, Input::atom(Atom::Switch)))
        .collect()
}

pub(super) fn count(model: ModelId) -> Vec<Key> {
    vec![Key::new("select", Input::shape(Shape::CountSelect(model)))]
}

pub(super) fn count_select(datamodel: &Datamodel, model: ModelId) -> Vec<Key> {
    to_many(datamodel, model)
        .filter_map(|field| {
            let target = field.relation()?.target;
            let input = Input::shape(Shape::CountFilter(target)).or_atom(Atom::Switch);
            Some(Key::of(field, input))
        })
        .collect()
}

fn selected(field: &Field) -> Input {
    match &field.ty {
        FieldType::Relation(_) => {
            Input::shape(Shape::RelationArguments(field.id)).or_atom(Atom::Switch)
        }
        FieldType::Composite(_) | FieldType::Unknown(_) => Input::ANYTHING,
        _ => Input::atom(Atom::Switch),
    }
}

fn counts(datamodel: &Datamodel, model: ModelId) -> Option<Key> {
    to_many(datamodel, model).next()?;
    let input = Input::shape(Shape::CountArguments(model)).or_atom(Atom::Switch);
    Some(Key::new("_count", input))
}

fn to_many(datamodel: &Datamodel, model: ModelId) -> impl Iterator<Item = &Field> {
    visible(datamodel, &datamodel[model])
        .filter(|field| field.relation().is_some() && field.is_list())
}
