//! Which model's key a column holds.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_flow::{ObjectValue, Root, Value};
use snell_prisma::FieldId;
use snell_project::schema::ModelRef;

use crate::rule::Context;

/// Relations between a column and the key that it holds.
const MAX_STEPS: u32 = 4;
/// Rows inside rows that are looked into.
const MAX_DEPTH: u32 = 5;

/// The column at the end of a way through relations and compound keys.
pub(super) fn column(
    context: &Context<'_>,
    model: ModelRef,
    path: &[SmolStr],
) -> Option<(ModelRef, FieldId)> {
    let (last, way) = path.split_last()?;
    let mut at = model;
    for (n, name) in way.iter().enumerate() {
        let declared = context.project.schemas.model(at);
        match declared.field(name) {
            Some(field) => {
                at = ModelRef {
                    schema: at.schema,
                    model: field.relation()?.target,
                };
            }
            // `userId_key: { userId, key }`
            None if n + 1 == way.len() && declared.unique_criterion(name).is_some() => {}
            None => return None,
        }
    }
    let field = context.project.schemas.model(at).field(last)?;
    field.is_column().then_some((at, field.id))
}

/// The model whose key a column holds: it is the primary key, alone, and filled by a default; or a
/// foreign key, alone, to such a column.
pub(super) fn key_of(context: &Context<'_>, model: ModelRef, field: FieldId) -> Option<ModelRef> {
    let (mut model, mut field) = (model, field);
    for _ in 0..MAX_STEPS {
        let declared = context.project.schemas.model(model);
        let mut keys = declared
            .relation_fields()
            .filter_map(snell_prisma::Field::relation)
            .filter(|relation| relation.fields.contains(&field));
        let Some(key) = keys.next() else {
            let column = declared.fields.iter().find(|one| one.id == field)?;
            return (declared.is_id(field) && column.default.is_some()).then_some(model);
        };
        // A column of two keys holds both.
        if keys.next().is_some() || key.fields.len() != 1 {
            return None;
        }
        let [referred] = key.references.as_slice() else {
            return None;
        };
        model = ModelRef {
            schema: model.schema,
            model: key.target,
        };
        field = *referred;
    }
    None
}

/// Models whose keys the program writes itself: they may be those of another model.
#[derive(Default)]
pub(super) struct Keys(Option<FxHashMap<ModelRef, bool>>);

impl Keys {
    pub(super) fn are_given(&mut self, context: &Context<'_>, model: ModelRef) -> bool {
        let known = self.0.get_or_insert_with(|| {
            let mut known = FxHashMap::default();
            for event in context.flow.queries() {
                let call = context.project.calls.get(event.query.call);
                let arguments = event.query.arguments.first();
                let (Some(model), Some(arguments)) = (call.model(), arguments) else {
                    continue;
                };
                if let Some(arguments) = arguments.as_object() {
                    written(context, model, arguments, MAX_DEPTH, &mut known);
                }
            }
            known
        });
        known.get(&model).copied().unwrap_or_default()
    }
}

/// Looks for keys in the rows that arguments, or a part of them, make.
fn written(
    context: &Context<'_>,
    model: ModelRef,
    arguments: &ObjectValue,
    depth: u32,
    known: &mut FxHashMap<ModelRef, bool>,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for key in ["data", "create", "createMany", "connectOrCreate", "upsert"] {
        let Some(entry) = arguments.entries.get(key) else {
            continue;
        };
        let rows: Vec<&Value> = match &entry.value {
            Value::Array(rows) => rows.elements.iter().chain(&rows.rest).collect(),
            row => vec![row],
        };
        for row in rows.into_iter().flat_map(Value::choices) {
            let copied = |value: &Value| {
                matches!(value, Value::Opaque(opaque)
                    if opaque.path.iter().all(|step| !matches!(step, snell_flow::Step::Without(_)))
                        && matches!(opaque.root, Root::Row(_)))
            };
            let Some(row) = row.as_object() else {
                known.entry(model).or_default();
                if copied(row) {
                    known.insert(model, true);
                }
                continue;
            };
            // `createMany: { data }`, `connectOrCreate: { create }`
            written(context, model, row, depth, known);
            let declared = context.project.schemas.model(model);
            let gives = row.spreads.iter().any(copied)
                || row.entries.keys().any(|name| {
                    declared
                        .field(name)
                        .is_some_and(|field| declared.is_id(field.id))
                });
            if gives {
                known.insert(model, true);
            }
            for (name, entry) in &row.entries {
                let relation = declared.field(name).and_then(|field| field.relation());
                if let (Some(relation), Some(inner)) = (relation, entry.value.as_object()) {
                    let target = ModelRef {
                        schema: model.schema,
                        model: relation.target,
                    };
                    written(context, target, inner, depth, known);
                }
            }
        }
    }
}
