//! `data`, and what it does to relations.

use smol_str::SmolStr;
use snell_prisma::{Cardinality, Datamodel, Field, FieldId, FieldType, ModelId, ScalarType};

use super::{
    Atom, Input, Key, Listing, Shape, atom, is_nullable,
    query::{boolean, objects},
    visible,
};

/// A field that a create must fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The field.
    pub field: FieldId,
    /// The keys that fill it: all of one of these groups must be there.
    pub any_of: Vec<Vec<SmolStr>>,
}

impl Shape {
    /// What an object of this shape must hold, when it is the data of a create.
    #[must_use]
    pub fn requirements(self, datamodel: &Datamodel) -> Vec<Requirement> {
        let (model, back) = match self {
            Shape::Create(model, back) | Shape::CreateMany(model, back) => (model, back),
            _ => return Vec::new(),
        };
        if !datamodel[model].is_complete {
            return Vec::new();
        }
        let nested = matches!(self, Shape::Create(..));
        written(datamodel, model, back)
            .filter(|field| field.is_required())
            .filter_map(|field| requirement(datamodel, field, nested, filled(datamodel, back)))
            .collect()
    }
}

fn requirement(
    datamodel: &Datamodel,
    field: &Field,
    nested: bool,
    filled: &[FieldId],
) -> Option<Requirement> {
    let Some(relation) = field.relation() else {
        if field.may_be_omitted() || atom(field).is_none() {
            return None;
        }
        // A foreign key is asked for by its relation, unless that may be left out.
        let model = &datamodel[field.id.model];
        let relations: Vec<&Field> = model
            .relation_fields()
            .filter(|other| of_key(other, field.id))
            .collect();
        if relations.iter().any(|relation| relation.is_required()) {
            return None;
        }
        let by_relation = relations.iter().filter(|_| nested);
        let by_relation = by_relation.map(|relation| vec![relation.name.clone()]);
        return Some(Requirement {
            field: field.id,
            any_of: by_relation.chain([vec![field.name.clone()]]).collect(),
        });
    };
    let shared = relation.fields.iter().any(|id| filled.contains(id));
    if !relation.holds_key || relation.fields.is_empty() || shared {
        return None;
    }
    let columns: Vec<SmolStr> = relation
        .fields
        .iter()
        .map(|id| &datamodel[*id])
        .filter(|column| !column.may_be_omitted())
        .map(|column| column.name.clone())
        .collect();
    let by_relation = nested.then(|| vec![field.name.clone()]);
    Some(Requirement {
        field: field.id,
        any_of: by_relation.into_iter().chain([columns]).collect(),
    })
}

/// Whether a relation's key is made of a column.
fn of_key(relation: &Field, column: FieldId) -> bool {
    let relation = relation.relation();
    relation.is_some_and(|relation| relation.holds_key && relation.fields.contains(&column))
}

pub(super) fn create(datamodel: &Datamodel, model: ModelId, back: Option<FieldId>) -> Vec<Key> {
    written(datamodel, model, back)
        .map(|field| Key::of(field, created(field)))
        .collect()
}

pub(super) fn create_many(
    datamodel: &Datamodel,
    model: ModelId,
    back: Option<FieldId>,
) -> Vec<Key> {
    written(datamodel, model, back)
        .filter(|field| field.is_column())
        .map(|field| Key::of(field, created(field)))
        .collect()
}

pub(super) fn update(datamodel: &Datamodel, model: ModelId, back: Option<FieldId>) -> Vec<Key> {
    written(datamodel, model, back)
        .map(|field| Key::of(field, updated(field)))
        .collect()
}

pub(super) fn update_many(
    datamodel: &Datamodel,
    model: ModelId,
    back: Option<FieldId>,
) -> Vec<Key> {
    written(datamodel, model, back)
        .filter(|field| field.is_column())
        .map(|field| Key::of(field, updated(field)))
        .collect()
}

pub(super) fn scalar(of: Atom, nullable: bool) -> Vec<Key> {
    let mut keys = vec![Key::new("set", Input::atom(of).or_null(nullable))];
    let number = matches!(
        of,
        Atom::Scalar(
            ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal
        )
    );
    if number {
        keys.extend(
            ["increment", "decrement", "multiply", "divide"]
                .map(|name| Key::new(name, Input::atom(of))),
        );
    }
    if nullable {
        // MongoDB.
        keys.push(boolean("unset"));
    }
    keys
}

pub(super) fn list(of: Atom) -> Vec<Key> {
    vec![
        Key::new("set", Input::list(of)),
        Key::new("push", Input::atom(of).or_atoms()),
        boolean("unset"),
    ]
}

pub(super) fn nested_create(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let field = &datamodel[id];
    let (target, back) = other_side(field)?;
    let create = Shape::Create(target, back);
    let connect = Shape::UniqueWhere(target);
    let either = Shape::ConnectOrCreate(id);
    if !field.is_list() {
        return Some(vec![
            Key::new("create", Input::shape(create)),
            Key::new("connectOrCreate", Input::shape(either)),
            Key::new("connect", Input::shape(connect)),
        ]);
    }
    let mut keys = vec![
        objects("create", create),
        objects("connectOrCreate", either),
        objects("connect", connect),
    ];
    if !is_many_to_many(datamodel, field) {
        let many = Shape::NestedCreateMany(id);
        keys.push(Key::new("createMany", Input::shape(many)));
    }
    Some(keys)
}

pub(super) fn nested_update(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let field = &datamodel[id];
    let (target, _) = other_side(field)?;
    let mut keys = nested_create(datamodel, id)?;
    if field.is_list() {
        let unique = Shape::UniqueWhere(target);
        keys.push(objects("upsert", Shape::NestedUpsert(id)));
        keys.extend(["set", "disconnect", "delete"].map(|name| objects(name, unique)));
        keys.extend([
            objects("update", Shape::UpdateOne(id)),
            objects("updateMany", Shape::NestedUpdateMany(id)),
            objects("deleteMany", Shape::ScalarWhere(target)),
        ]);
        return Some(keys);
    }
    keys.push(Key::new("upsert", Input::shape(Shape::NestedUpsert(id))));
    keys.push(Key::new("update", Input::shape(Shape::UpdateToOne(id))));
    if field.is_optional() {
        let input = Input::shape(Shape::Where(target)).or_atom(Atom::Switch);
        keys.extend(["disconnect", "delete"].map(|name| Key::new(name, input)));
    }
    Some(keys)
}

pub(super) fn connect_or_create(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let (target, back) = other_side(&datamodel[id])?;
    Some(vec![
        Key::new("where", Input::shape(Shape::UniqueWhere(target))),
        Key::new("create", Input::shape(Shape::Create(target, back))),
    ])
}

pub(super) fn nested_create_many(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let (target, back) = other_side(&datamodel[id])?;
    Some(vec![
        objects("data", Shape::CreateMany(target, back)),
        boolean("skipDuplicates"),
    ])
}

pub(super) fn nested_upsert(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let field = &datamodel[id];
    let (target, back) = other_side(field)?;
    let filter = if field.is_list() {
        Shape::UniqueWhere(target)
    } else {
        Shape::Where(target)
    };
    Some(vec![
        Key::new("where", Input::shape(filter)),
        Key::new("update", Input::shape(Shape::Update(target, back))),
        Key::new("create", Input::shape(Shape::Create(target, back))),
    ])
}

pub(super) fn update_one(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let (target, back) = other_side(&datamodel[id])?;
    Some(vec![
        Key::new("where", Input::shape(Shape::UniqueWhere(target))),
        Key::new("data", Input::shape(Shape::Update(target, back))),
    ])
}

/// `{ where, data }`, or the data at once: a field called `data` or `where`
/// makes the two hard to tell apart.
pub(super) fn update_to_one(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let (target, back) = other_side(&datamodel[id])?;
    let mut keys = update(datamodel, target, back);
    let envelope = [
        ("where", Shape::Where(target)),
        ("data", Shape::Update(target, back)),
    ];
    for (name, shape) in envelope {
        match keys.iter_mut().find(|key| key.name == name) {
            Some(key) => key.input = Input::ANYTHING,
            None => keys.push(Key::new(name, Input::shape(shape))),
        }
    }
    Some(keys)
}

pub(super) fn nested_update_many(datamodel: &Datamodel, id: FieldId) -> Option<Vec<Key>> {
    let (target, back) = other_side(&datamodel[id])?;
    Some(vec![
        Key::new("where", Input::shape(Shape::ScalarWhere(target))),
        Key::new("data", Input::shape(Shape::UpdateMany(target, back))),
    ])
}

/// The fields that `data` may fill: in a nested one neither the relation
/// that leads back, nor the columns that it fills itself.
fn written(
    datamodel: &Datamodel,
    model: ModelId,
    back: Option<FieldId>,
) -> impl Iterator<Item = &Field> {
    let filled = filled(datamodel, back);
    visible(datamodel, &datamodel[model])
        .filter(move |field| Some(field.id) != back && !filled.contains(&field.id))
}

/// The columns that the relation which a nested write came by fills itself.
fn filled(datamodel: &Datamodel, back: Option<FieldId>) -> &[FieldId] {
    back.and_then(|back| datamodel[back].relation())
        .map_or(&[], |relation| &relation.fields)
}

fn created(field: &Field) -> Input {
    match (&field.ty, atom(field)) {
        (FieldType::Relation(_), _) => Input::shape(Shape::NestedCreate(field.id)),
        (_, Some(of)) if field.is_list() => Input {
            shape: Some(Shape::ListCreate(of)),
            ..Input::list(of)
        },
        (_, Some(of)) => Input::atom(of).or_null(is_nullable(field)),
        (_, None) => Input::ANYTHING,
    }
}

fn updated(field: &Field) -> Input {
    let nullable = is_nullable(field);
    match (&field.ty, atom(field)) {
        (FieldType::Relation(_), _) => Input::shape(Shape::NestedUpdate(field.id)),
        (_, Some(of)) if field.is_list() => Input {
            shape: Some(Shape::ListUpdate(of)),
            atoms: Listing::Many,
            ..Input::atom(of)
        },
        (_, Some(of @ Atom::Scalar(ScalarType::Json))) => Input::atom(of),
        (_, Some(of)) => Input {
            shape: Some(Shape::ScalarUpdate { of, nullable }),
            ..Input::atom(of).or_null(nullable)
        },
        (_, None) => Input::ANYTHING,
    }
}

/// The model that a relation leads to, and its field that leads back.
fn other_side(field: &Field) -> Option<(ModelId, Option<FieldId>)> {
    let relation = field.relation()?;
    Some((relation.target, relation.opposite))
}

fn is_many_to_many(datamodel: &Datamodel, field: &Field) -> bool {
    let relation = field.relation().and_then(|relation| relation.relation);
    relation.is_some_and(|id| datamodel[id].cardinality == Cardinality::ManyToMany)
}
