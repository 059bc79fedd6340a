//! Where what is written back was read.

use smol_str::SmolStr;
use snell_flow::{Opaque, Root, RowOrigin, Step, Value, scope::leaves};
use snell_project::{client::Operation, schema::ModelRef};
use snell_source::Location;

use crate::rule::Context;

/// Where the same field of the same row was read for a value.
pub(super) fn read_of(
    context: &Context<'_>,
    model: ModelRef,
    field: &str,
    value: &Value,
    filter: &Value,
) -> Option<Location> {
    let mut read = None;
    value.visit(&mut |value| {
        let Value::Opaque(opaque) = value else {
            return;
        };
        if let Some(row) = row_of(context, model, field, opaque)
            && names_same_row(context, model, filter, row)
        {
            let call = context.project.calls.get(row.call);
            read.get_or_insert(context.project.modules.at(call.module, call.name.span));
        }
    });
    read
}

/// The row that was found and gave the field of a model: its own, or that of one that came along.
pub(in crate::rules::query) fn row_of<'v>(
    context: &Context<'_>,
    model: ModelRef,
    field: &str,
    opaque: &'v Opaque,
) -> Option<&'v RowOrigin> {
    let Root::Row(row) = &opaque.root else {
        return None;
    };
    let call = context.project.calls.get(row.call);
    let finds = call.operation.finds_rows() || gets_or_creates(call.operation, row);
    let names = opaque.path.iter().filter_map(|step| match step {
        Step::Property(name) => Some(name),
        _ => None,
    });
    let names: Vec<&SmolStr> = names.collect();
    let (last, relations) = names.split_last()?;
    let mut at = call.model().filter(|_| finds)?;
    for relation in relations {
        let declared = context.project.schemas.model(at);
        let side = declared.field(relation)?.relation()?;
        at.model = side.target;
    }
    (at == model && *last == field).then_some(row)
}

/// Whether a query creates a row or gives back what is there, as it is: `upsert({ where, create, update: {} })`. Where
/// it changes anything, others wait for the row until the transaction ends.
fn gets_or_creates(operation: Operation, row: &RowOrigin) -> bool {
    let entries = row.arguments.as_object().map(|object| &object.entries);
    let changes = entries
        .and_then(|entries| entries.get("update"))
        .and_then(|entry| entry.value.as_object());
    operation == Operation::Upsert
        && changes.is_some_and(|changes| changes.entries.is_empty() && changes.spreads.is_empty())
}

/// Whether the write is to the row that was read: by the same key, or by the row's own.
pub(in crate::rules::query) fn names_same_row(
    context: &Context<'_>,
    model: ModelRef,
    filter: &Value,
    row: &RowOrigin,
) -> bool {
    let (Some(asked), Some(looked_for)) = (
        leaves(filter),
        row.arguments
            .as_object()
            .and_then(|object| object.entries.get("where"))
            .and_then(|entry| leaves(&entry.value)),
    ) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let of_model = context.project.calls.get(row.call).model() == Some(model);
    asked.iter().any(|leaf| {
        let of_row = matches!(leaf.value, Value::Opaque(opaque)
            if matches!(&opaque.root, Root::Row(other) if **other == *row));
        let plain = !leaf.value.is_constant() && *leaf.value != Value::Unknown;
        // `{ name: 'invoice' }`: there is one row of that name.
        let only = || match leaf.path.as_slice() {
            [name] => declared
                .field(name)
                .is_some_and(|field| declared.is_id(field.id) || declared.is_unique(field.id)),
            _ => false,
        };
        of_row
            || of_model
                && (plain || only())
                && looked_for
                    .iter()
                    .any(|other| other.path == leaf.path && other.value == leaf.value)
    })
}
