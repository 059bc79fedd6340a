//! Writes of rows, those nested in the writes of other models included.

use snell_flow::Value;
use snell_prisma::{Datamodel, Model, ModelId};
use snell_project::client::Operation;

use crate::support::queries::{ModelQuery, objects};

/// What happens to rows of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteKind {
    /// New rows.
    Create,
    /// One row goes.
    Delete,
    /// Many rows go.
    DeleteMany,
}

/// A write of a model's rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Write {
    /// The model.
    pub model: ModelId,
    /// What happens.
    pub kind: WriteKind,
}

/// Calls `each` for every creation and deletion that a query asks for.
pub(crate) fn visit(datamodel: &Datamodel, query: &ModelQuery<'_>, each: &mut dyn FnMut(Write)) {
    let model = query.model.model;
    let operation = query.call.operation;
    let kind = match operation {
        Operation::Delete => Some(WriteKind::Delete),
        Operation::DeleteMany if is_one_row(&datamodel[model], query) => Some(WriteKind::Delete),
        Operation::DeleteMany => Some(WriteKind::DeleteMany),
        Operation::Upsert => Some(WriteKind::Create),
        _ if operation.is_create() => Some(WriteKind::Create),
        _ => None,
    };
    if let Some(kind) = kind {
        each(Write { model, kind });
    }
    for key in ["data", "create", "update"] {
        if let Some(value) = query.argument(key) {
            nested(datamodel, &datamodel[model], value, each, 8);
        }
    }
}

/// Whether the filter names one row at most: the columns of a unique key, each
/// by a value of its own. A filter of which nothing is known is not called one
/// of many.
fn is_one_row(model: &Model, query: &ModelQuery<'_>) -> bool {
    let arguments = query.event.query.arguments.first();
    if arguments.is_some_and(|value| value.as_object().is_none()) {
        return true;
    }
    let Some(filter) = query.argument("where") else {
        return false;
    };
    let Some(filter) = filter.as_object() else {
        return true;
    };
    model.unique_criteria().any(|key| {
        key.columns.iter().all(|column| {
            filter
                .entries
                .get(&column.name)
                .is_some_and(|entry| entry.always && !matches!(entry.value, Value::Object(_)))
        })
    })
}

fn nested(
    datamodel: &Datamodel,
    model: &Model,
    data: &Value,
    each: &mut dyn FnMut(Write),
    depth: u32,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if let Value::Array(array) = data {
        for element in array.elements.iter().chain(&array.rest) {
            nested(datamodel, model, element, each, depth);
        }
    }
    for object in objects(data) {
        for (name, entry) in &object.entries {
            let Some(field) = model.field(name) else {
                continue;
            };
            let Some(target) = datamodel.target(field) else {
                continue;
            };
            for actions in objects(&entry.value) {
                for (action, value) in &actions.entries {
                    let kind = match action.as_str() {
                        "create" | "createMany" | "connectOrCreate" | "upsert" => WriteKind::Create,
                        "delete" => WriteKind::Delete,
                        "deleteMany" => WriteKind::DeleteMany,
                        "update" | "updateMany" => {
                            inside(datamodel, target, &value.value, each, depth);
                            continue;
                        }
                        _ => continue,
                    };
                    each(Write {
                        model: target.id,
                        kind,
                    });
                    inside(datamodel, target, &value.value, each, depth);
                }
            }
        }
    }
}

/// The data of a nested write: as it is, or below `data`, `create`, `update`.
fn inside(
    datamodel: &Datamodel,
    target: &Model,
    value: &Value,
    each: &mut dyn FnMut(Write),
    depth: u32,
) {
    nested(datamodel, target, value, each, depth);
    for object in objects(value) {
        for key in ["data", "create", "update"] {
            if let Some(entry) = object.entries.get(key) {
                nested(datamodel, target, &entry.value, each, depth);
            }
        }
    }
}
