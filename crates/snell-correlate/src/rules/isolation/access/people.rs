//! The columns of a model that name people.

use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{ModelRef, SchemaId},
};

use crate::rule::Context;

/// The columns by which rows of a model name the people who sign in.
pub(in crate::rules::isolation) fn columns(
    context: &Context<'_>,
    schema: SchemaId,
    model: &Model,
) -> Vec<FieldId> {
    let sides = model.relation_fields().filter_map(Field::relation);
    sides
        .filter(|side| {
            let target = ModelRef {
                schema,
                model: side.target,
            };
            is_identity(context, target)
        })
        .filter_map(|side| match side.fields.as_slice() {
            [column] => Some(*column),
            _ => None,
        })
        .collect()
}

/// Whether rows of a model are those who sign in.
pub(in crate::rules::isolation) fn is_identity(context: &Context<'_>, model: ModelRef) -> bool {
    *context.project.owners.of(model) == Ownership::Root(RootKind::Identity)
}

/// The one of such columns that a field is, or that a relation goes by.
pub(in crate::rules::isolation) fn is_one_of(
    columns: &[FieldId],
    model: &Model,
    field: &Field,
) -> Option<FieldId> {
    let column = match field.relation() {
        Some(side) => side.fields.first().copied()?,
        None => field.id,
    };
    (columns.contains(&column) && model.fields.iter().any(|own| own.id == column)).then_some(column)
}

/// What ends the names of columns that say who did something, whether or not the schema has a relation.
const DOERS: [&str; 6] = [
    "actoruser",
    "actor",
    "author",
    "creator",
    "createdby",
    "performedby",
];

/// Whether a column says by its name alone that it holds a person: `actorUserId` of a log.
pub(in crate::rules::isolation) fn is_named_so(model: &Model, field: &Field) -> bool {
    let mut sides = model.relation_fields().filter_map(Field::relation);
    field.scalar().is_some()
        && (says_who_did(&field.name) || bare(&field.name).ends_with("user"))
        && !sides.any(|side| side.fields.contains(&field.id))
}

/// Whether the name of a field says who did something: `createdById`. Nobody names another there on
/// purpose, as they do where they hand something to somebody.
pub(in crate::rules::isolation) fn says_who_did(name: &str) -> bool {
    let name = bare(name);
    DOERS.iter().any(|word| name.ends_with(word))
}

/// `created_by_id` and `createdBy` alike: `createdby`.
pub(in crate::rules::isolation) fn bare(name: &str) -> String {
    let lower = name.to_ascii_lowercase().replace('_', "");
    lower.strip_suffix("id").map_or(lower.clone(), Into::into)
}
