//! The columns of a model that name people.

use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{ModelRef, SchemaId},
};

use crate::{rule::Context, support::rights::holds_right};

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

/// Whether those who sign in are not all alike: some of them have a role that others have not, as a column of theirs
/// says, or what an endpoint asks for.
pub(in crate::rules::isolation) fn differ(context: &Context<'_>, model: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    let mut fields = declared.fields.iter();
    let mut endpoints = context.project.endpoints.iter();
    fields.any(|field| holds_right(&field.name))
        || endpoints.any(|endpoint| !endpoint.access.restricted.is_empty())
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

/// What the names of columns say that name somebody who has a part in a row, and not whose it is.
const PARTS: [&str; 16] = [
    "assign",
    "review",
    "approv",
    "recipient",
    "receiver",
    "mention",
    "invit",
    "participant",
    "responsible",
    "manager",
    "supervisor",
    "lead",
    "target",
    "contact",
    "delegate",
    "verif",
];

/// What the names of columns say that name nobody until somebody is put to a row: whom, others say.
const HANDED: [&str; 3] = ["assign", "responsible", "handledby"];

/// Whether rows of a model say who has a part in something, as the name of the model says: one for each person and each
/// thing, and nothing of them is whose it is.
pub(in crate::rules::isolation) fn gives_parts(context: &Context<'_>, model: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    let people = columns(context, model.schema, declared);
    let of_both = |fields: &[FieldId]| {
        let (person, thing): (Vec<&FieldId>, Vec<&FieldId>) =
            fields.iter().partition(|field| people.contains(field));
        person.len() == 1
            && !thing.is_empty()
            && thing.iter().all(|field| declared.is_foreign_key(**field))
    };
    let name = declared.name.to_ascii_lowercase();
    let mut keys = declared.unique_criteria();
    PARTS.iter().any(|word| name.contains(word))
        && keys.any(|key| key.fields().is_some_and(|fields| of_both(&fields)))
}

/// Names of columns that say whose a row is, required or not.
const OWNERS: [&str; 9] = [
    "user", "owner", "author", "creator", "account", "member", "customer", "profile", "person",
];

/// Whether the name of a column says whose a row is.
pub(in crate::rules::isolation) fn says_whose(name: &str) -> bool {
    let name = bare(name);
    OWNERS.iter().any(|word| name.ends_with(word)) || says_who_did(&name)
}

/// Whether a column names somebody who has a part in a row that belongs to others, as its other
/// columns say: who is to do it, who is to approve it.
pub(in crate::rules::isolation) fn has_part(
    context: &Context<'_>,
    schema: SchemaId,
    model: &Model,
    field: &Field,
    person: ModelRef,
) -> bool {
    let reference = ModelRef {
        schema,
        model: model.id,
    };
    let chains = match context.project.owners.of(reference) {
        Ownership::Owned(chains) => chains.as_slice(),
        _ => &[],
    };
    let column = match field.relation() {
        Some(side) => side.fields.first().copied(),
        None => Some(field.id),
    };
    let owned_beside = share_group(context, schema, model, person)
        || chains
            .iter()
            .any(|chain| chain.required && !(chain.relations.len() < 2 && chain.key == column));
    let column = model.fields.iter().find(|own| Some(own.id) == column);
    let handed = |column: &Field| {
        let name = bare(&column.name);
        let said = HANDED.iter().any(|word| name.contains(word));
        !column.is_required() && (said || is_of_part(&name))
    };
    column.is_some_and(handed)
        || owned_beside
            && column.is_some_and(|column| {
                let name = bare(&column.name);
                let said = PARTS.iter().any(|word| name.contains(word));
                said || !column.is_required() && !OWNERS.iter().any(|word| name.ends_with(word))
            })
}

/// What stands before `user` in names of columns that say whose a row is.
const WHOSE: [&str; 8] = [
    "", "app", "auth", "owner", "creator", "author", "account", "member",
];

/// Whether the name of a column says as what somebody has to do with a row, with `user` at its end: `teacheruser`.
fn is_of_part(name: &str) -> bool {
    let part = name.strip_suffix("user");
    part.is_some_and(|part| !WHOSE.contains(&part) && !says_who_did(part))
}

/// Whether people belong to groups, and rows of a model to the same: somebody of another group has
/// no part in them.
pub(in crate::rules::isolation) fn share_group(
    context: &Context<'_>,
    schema: SchemaId,
    model: &Model,
    person: ModelRef,
) -> bool {
    let groups = |model: &Model| -> Vec<_> {
        let relations = model.relation_fields().filter(|field| field.is_required());
        let sides = relations.filter_map(Field::relation);
        sides
            .filter(|side| side.holds_key)
            .map(|side| side.target)
            .collect()
    };
    let of_row = groups(model);
    let identity = context.project.schemas.model(person);
    groups(identity).iter().any(|group| {
        let target = ModelRef {
            schema,
            model: *group,
        };
        of_row.contains(group)
            && !matches!(
                context.project.owners.of(target),
                Ownership::Root(RootKind::Identity)
            )
    })
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
