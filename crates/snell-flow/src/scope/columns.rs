//! Columns that hold the key of who asks, though no relation and no name says so:
//! every request that makes a row writes it, and others are filtered by it.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_prisma::{Field, FieldId, FieldType};
use snell_project::{
    Project,
    client::{ClientCall, Operation},
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{Origin, leaves, origins, trust::filter_of};
use crate::{
    call_graph::Once,
    event::{EventKind, Query},
    follow::Flow,
    value::{ObjectValue, Value},
};

/// The columns that requests keep for who asks, of models that belong to nobody so far.
#[must_use]
pub fn owner_columns(project: &Project, flow: &Flow) -> Vec<(ModelRef, FieldId)> {
    let mut seen = Seen {
        project,
        columns: BTreeMap::new(),
    };
    let mut once = Once::of(flow);
    for entered in flow.endpoints() {
        let endpoint = project.endpoints.get(entered.endpoint);
        let test = project.path_facts(endpoint.module).test;
        if endpoint.kind.is_request() && !test && !endpoint.access.administrative {
            once.visit(&entered.summary, &mut |event| {
                if let EventKind::Query(query) = &event.kind {
                    seen.query(query);
                }
            });
        }
    }
    let columns = seen.columns.into_iter();
    columns
        .filter(|(_, column)| column.written && !column.otherwise && !column.filtered.is_empty())
        .map(|(place, _)| place)
        .collect()
}

/// What requests do with one column.
#[derive(Default)]
struct Column {
    /// A new row gets the key of who asks.
    written: bool,
    /// A new row gets something else.
    otherwise: bool,
    /// The calls whose rows are those of who asks.
    filtered: BTreeSet<snell_project::client::CallId>,
}

struct Seen<'p> {
    project: &'p Project,
    columns: BTreeMap<(ModelRef, FieldId), Column>,
}

impl Seen<'_> {
    fn query(&mut self, query: &Query) {
        let call = self.project.calls.get(query.call);
        let Some(model) = call.model() else { return };
        let nobody = *self.project.owners.of(model) == Ownership::Global;
        let Some(arguments) = query.arguments.first().filter(|_| nobody) else {
            return;
        };
        if let Some(data) = made(call, arguments) {
            for object in objects(data) {
                self.new_row(model, object);
            }
        }
        let Some(leaves) = filter_of(arguments).and_then(leaves) else {
            return;
        };
        for leaf in leaves.iter().filter(|leaf| !leaf.weak) {
            let [name] = leaf.path.as_slice() else {
                continue;
            };
            if let Some(field) = self.column(model, name).filter(|_| is_key(leaf.value)) {
                let column = self.columns.entry((model, field)).or_default();
                column.filtered.insert(query.call);
            }
        }
    }

    fn new_row(&mut self, model: ModelRef, object: &ObjectValue) {
        for (name, entry) in &object.entries {
            let Some(field) = self.column(model, name) else {
                continue;
            };
            let column = self.columns.entry((model, field)).or_default();
            match is_key(&entry.value) {
                true => column.written = true,
                false => column.otherwise = true,
            }
        }
    }

    /// A column that can hold the key of who signs in.
    fn column(&self, model: ModelRef, name: &SmolStr) -> Option<FieldId> {
        let datamodel = &self.project.schemas.get(model.schema).datamodel;
        let graph = self.project.owners.graph(model.schema);
        let mut roots = graph.roots().iter();
        let person = roots.find(|root| root.kind == RootKind::Identity)?;
        let person = &datamodel[person.model];
        let declared = self.project.schemas.model(model);
        let field = declared.field(name)?;
        let scalar = |field: &Field| match &field.ty {
            FieldType::Scalar(scalar) => Some(*scalar),
            _ => None,
        };
        let kind = scalar(field)?;
        let mut keys = person.unique_criteria();
        let held = keys.any(|key| {
            let [column] = key.columns.as_slice() else {
                return false;
            };
            let column = column.field.map(|field| scalar(&datamodel[field]));
            column == Some(Some(kind))
        });
        let of_others = declared.relation_fields().any(|relation| {
            let side = relation.relation();
            side.is_some_and(|side| side.fields.contains(&field.id) && side.target != person.id)
        });
        let own = declared.is_id(field.id) || of_others || field.is_list();
        (held && !own).then_some(field.id)
    }
}

/// What new rows are made of.
pub(super) fn made<'v>(call: &ClientCall, arguments: &'v Value) -> Option<&'v Value> {
    let key = match call.operation {
        Operation::Upsert => "create",
        operation if operation.is_create() => "data",
        _ => return None,
    };
    let entries = &arguments.as_object()?.entries;
    entries.get(key).map(|entry| &entry.value)
}

pub(super) fn objects(value: &Value) -> Vec<&ObjectValue> {
    match value {
        Value::Object(object) => vec![object],
        Value::Array(array) => {
            let all = array.elements.iter().chain(&array.rest);
            all.flat_map(objects).collect()
        }
        Value::OneOf(choices) => choices.iter().flat_map(|c| objects(&c.value)).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is the key of who asks: nothing beside but constants.
pub(super) fn is_key(value: &Value) -> bool {
    let (mut key, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Identity(path) => {
            let named = path.last().is_none_or(|last| {
                let lower = last.to_ascii_lowercase();
                lower.ends_with("id") || lower == "sub"
            });
            key |= named;
            other |= !named;
        }
        Origin::Constant => {}
        _ => other = true,
    });
    key && !other
}
