//! Writes of rows, those nested in the writes of other models included.

use snell_flow::Value;
use snell_prisma::{Datamodel, FieldId, Model, ModelId};
use snell_project::client::Operation;

use super::queries::{ModelQuery, objects};

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
pub(crate) struct Write<'v> {
    /// The model.
    pub model: ModelId,
    /// What happens.
    pub kind: WriteKind,
    /// The relation through which it is nested.
    pub through: Option<FieldId>,
    /// The new row's data, or the filter of a deletion.
    pub value: Option<&'v Value>,
}

/// Calls `each` for every creation and deletion that a query asks for.
pub(crate) fn visit<'v>(
    datamodel: &Datamodel,
    query: &ModelQuery<'v>,
    each: &mut dyn FnMut(Write<'v>),
) {
    let model = query.model.model;
    let mut own = |kind, value| {
        each(Write {
            model,
            kind,
            through: None,
            value,
        });
    };
    let operation = query.call.operation;
    match operation {
        Operation::Delete => own(WriteKind::Delete, query.argument("where")),
        Operation::DeleteMany => {
            let filter = query.argument("where");
            let kind = if is_one_row(&datamodel[model], filter) {
                WriteKind::Delete
            } else {
                WriteKind::DeleteMany
            };
            own(kind, filter);
        }
        Operation::Upsert => own(WriteKind::Create, query.argument("create")),
        _ if operation.is_create() => own(WriteKind::Create, query.argument("data")),
        _ => {}
    }
    for key in ["data", "create", "update"] {
        if let Some(value) = query.argument(key) {
            nested(datamodel, &datamodel[model], value, each, 8);
        }
    }
}

/// Whether a filter names one row at most: the columns of a unique key, each
/// by a value of its own.
fn is_one_row(model: &Model, filter: Option<&Value>) -> bool {
    let Some(filter) = filter.and_then(Value::as_object) else {
        // Nothing known: not called a deletion of many.
        return filter.is_some();
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

fn nested<'v>(
    datamodel: &Datamodel,
    model: &Model,
    data: &'v Value,
    each: &mut dyn FnMut(Write<'v>),
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
                        through: Some(field.id),
                        value: Some(&value.value),
                    });
                    inside(datamodel, target, &value.value, each, depth);
                }
            }
        }
    }
}

/// The data of a nested write: as it is, or below `data`, `create`, `update`.
fn inside<'v>(
    datamodel: &Datamodel,
    target: &Model,
    value: &'v Value,
    each: &mut dyn FnMut(Write<'v>),
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
