//! Columns that are named and typed like the key of another table, though neither a relation
//! nor the migrations make them one: what a missing foreign key is sought among, and what the
//! diagram draws as undeclared.

use snell_prisma::{Field, Model};
use snell_project::schema::{FieldRef, Schema, SchemaId};

use crate::support::{built, name_words::words, tables::TableModel};

/// A column and the model that its name says.
#[derive(Debug, Clone, Copy)]
pub struct UndeclaredKey<'a> {
    /// The schema's number.
    pub id: SchemaId,
    /// The schema.
    pub schema: &'a Schema,
    /// The table of the column.
    pub model: &'a Model,
    /// The column.
    pub field: &'a Field,
    /// The model that its name says.
    pub target: &'a Model,
    /// That model's key.
    pub key: &'a Field,
}

impl UndeclaredKey<'_> {
    /// The column by its number.
    pub(crate) fn field_ref(&self) -> FieldRef {
        FieldRef {
            schema: self.id,
            field: self.field.id,
        }
    }
}

/// Those of a table, in source order.
pub fn undeclared_keys<'a>(table: TableModel<'a>) -> impl Iterator<Item = UndeclaredKey<'a>> {
    let TableModel { id, schema, model } = table;
    let columns = model.columns().filter(|field| is_loose(model, field));
    columns.filter_map(move |field| {
        let target = named(schema, field)?;
        let key = only_key(schema, target)?;
        let fits = target.id != model.id
            && field.scalar().is_some()
            && field.scalar() == key.scalar()
            && native(field) == native(key)
            && !is_one_of_several(model, field)
            && !is_kept_by_migrations(schema, model, field);
        fits.then_some(UndeclaredKey {
            id,
            schema,
            model,
            field,
            target,
            key,
        })
    })
}

/// Whether a column belongs to no key.
fn is_loose(model: &Model, field: &Field) -> bool {
    field.is_visible()
        && !field.is_list()
        && !model.is_foreign_key(field.id)
        && !model.is_id(field.id)
}

/// The model that a column's name says: `Agent` of `agentId`.
fn named<'a>(schema: &'a Schema, field: &Field) -> Option<&'a Model> {
    let name = words(&field.name);
    let (last, stem) = name.split_last()?;
    if last != "id" || stem.is_empty() {
        return None;
    }
    let mut models = schema.datamodel.models().iter();
    models.find(|model| !model.is_view && model.ignored.is_none() && words(&model.name) == stem)
}

/// The one column that is a model's primary key.
fn only_key<'a>(schema: &'a Schema, target: &Model) -> Option<&'a Field> {
    match target.primary_key()?.columns.as_slice() {
        [only] => only.field.map(|field| &schema.datamodel[field]),
        _ => None,
    }
}

/// The type of the database, where it is another than the one that texts have anyway.
pub(crate) fn native(field: &Field) -> Option<&str> {
    let native = field.native_type.as_ref()?;
    Some(native.name.as_str()).filter(|name| *name != "Text")
}

/// Whether a column beside it says which table the id is one of: `subjectType`, `subjectId`.
fn is_one_of_several(model: &Model, field: &Field) -> bool {
    let name = words(&field.name);
    let stem = &name[..name.len() - 1];
    model.columns().any(|other| {
        let other = words(&other.name);
        let kinds = [
            "type", "kind", "model", "table", "entity", "source", "provider",
        ];
        other.len() == name.len()
            && other.starts_with(stem)
            && other
                .last()
                .is_some_and(|last| kinds.contains(&last.as_str()))
    })
}

/// Whether the migrations made the key, or a table of which not all is known.
fn is_kept_by_migrations(schema: &Schema, model: &Model, field: &Field) -> bool {
    built::table(schema, model)
        .is_some_and(|table| table.is_uncertain() || table.references_by(&field.db_name))
}
