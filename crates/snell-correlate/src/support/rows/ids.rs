//! What the ids that a column holds are made by.

use smol_str::SmolStr;
use snell_prisma::{Field, Model, Value};
use snell_project::schema::Schema;

/// The function that makes the ids of a column, or those that it refers to: `cuid`, `uuid`.
pub(crate) fn made_by<'a>(
    schema: &'a Schema,
    model: &Model,
    field: &'a Field,
) -> Option<&'a SmolStr> {
    let datamodel = &schema.datamodel;
    let mut keys = datamodel.foreign_keys_of(model.id);
    let referenced = keys.find_map(|(_, key)| {
        let position = key.columns.iter().position(|column| *column == field.id)?;
        Some(&datamodel[*key.references.get(position)?])
    });
    let id = referenced.unwrap_or(field);
    match &id.default.as_ref()?.value {
        Value::Function { name, .. } => Some(name),
        _ => None,
    }
}
