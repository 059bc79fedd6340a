//! The columns of a model that name people.

use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{ModelRef, SchemaId},
};

use crate::rule::Context;

/// The columns by which rows of a model name the people who sign in.
pub(super) fn columns(context: &Context<'_>, schema: SchemaId, model: &Model) -> Vec<FieldId> {
    let sides = model.relation_fields().filter_map(Field::relation);
    sides
        .filter(|side| {
            let target = ModelRef {
                schema,
                model: side.target,
            };
            let identity = Ownership::Root(RootKind::Identity);
            *context.project.owners.of(target) == identity
        })
        .filter_map(|side| match side.fields.as_slice() {
            [column] => Some(*column),
            _ => None,
        })
        .collect()
}

/// The one of such columns that a field is, or that a relation goes by.
pub(super) fn is_one_of(columns: &[FieldId], model: &Model, field: &Field) -> Option<FieldId> {
    let column = match field.relation() {
        Some(side) => side.fields.first().copied()?,
        None => field.id,
    };
    (columns.contains(&column) && model.fields.iter().any(|own| own.id == column)).then_some(column)
}
