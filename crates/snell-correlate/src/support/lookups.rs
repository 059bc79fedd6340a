//! By which foreign keys the application's code looks rows up.

use rustc_hash::FxHashMap;
use snell_flow::Value;
use snell_prisma::{Datamodel, FieldId, Model};
use snell_project::schema::{FieldRef, SchemaId};
use snell_source::Location;

use super::queries::{self, objects};
use crate::rule::Context;

/// The first query that needs to find rows by a field: a filter on it that no
/// key or index of the model serves already, or a relation read or filtered
/// from the other side.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    by_field: FxHashMap<FieldRef, Location>,
}

impl Lookups {
    /// Finds them.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        let mut found = Lookups::default();
        for query in queries::of_models(context) {
            let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
            let mut walk = Walk {
                schema: query.model.schema,
                datamodel,
                at: queries::operation_at(context, query.call),
                found: &mut found,
            };
            let model = &datamodel[query.model.model];
            if let Some(filter) = query.argument("where") {
                walk.filter(model, filter, 8);
            }
            for key in ["include", "select"] {
                if let Some(value) = query.argument(key) {
                    walk.projection(model, value, 8);
                }
            }
        }
        found
    }

    /// Where a query needs to find rows by this field.
    pub(crate) fn of_field(&self, field: FieldRef) -> Option<Location> {
        self.by_field.get(&field).copied()
    }
}

struct Walk<'a> {
    schema: SchemaId,
    datamodel: &'a Datamodel,
    at: Location,
    found: &'a mut Lookups,
}

impl Walk<'_> {
    fn note(&mut self, field: FieldId) {
        let field = FieldRef {
            schema: self.schema,
            field,
        };
        self.found.by_field.entry(field).or_insert(self.at);
    }

    fn filter(&mut self, model: &Model, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if let Value::Array(array) = value {
            for element in array.elements.iter().chain(&array.rest) {
                self.filter(model, element, depth);
            }
        }
        for object in objects(value) {
            let served = object.entries.keys().any(|key| leads_an_index(model, key));
            for (key, entry) in &object.entries {
                match key.as_str() {
                    "AND" | "OR" | "NOT" => self.filter(model, &entry.value, depth),
                    name => {
                        let Some(field) = model.field(name) else {
                            continue;
                        };
                        if field.relation().is_some() {
                            self.relation(field.id, &entry.value, depth);
                        } else if !served {
                            self.note(field.id);
                        }
                    }
                }
            }
        }
    }

    /// A filter through a relation: `{ posts: { some: {} } }`, `{ author: {} }`.
    fn relation(&mut self, field: FieldId, value: &Value, depth: u32) {
        let datamodel = self.datamodel;
        self.key_of(field);
        let Some(target) = datamodel.target(&datamodel[field]) else {
            return;
        };
        self.filter(target, value, depth);
        for object in objects(value) {
            for key in ["some", "every", "none", "is", "isNot"] {
                if let Some(entry) = object.entries.get(key) {
                    self.filter(target, &entry.value, depth);
                }
            }
        }
    }

    /// Relations read along: rows of the side that holds the key are found by it.
    fn projection(&mut self, model: &Model, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for object in objects(value) {
            for (key, entry) in &object.entries {
                if key == "_count" {
                    for counted in objects(&entry.value) {
                        if let Some(select) = counted.entries.get("select") {
                            self.projection(model, &select.value, depth);
                        }
                    }
                    continue;
                }
                let Some(field) = model.field(key) else {
                    continue;
                };
                let Some(target) = self.datamodel.target(field) else {
                    continue;
                };
                if field.relation().is_some_and(|relation| !relation.holds_key) {
                    self.key_of(field.id);
                }
                for nested in objects(&entry.value) {
                    for key in ["include", "select"] {
                        if let Some(entry) = nested.entries.get(key) {
                            self.projection(target, &entry.value, depth);
                        }
                    }
                    if let Some(entry) = nested.entries.get("where") {
                        self.filter(target, &entry.value, depth);
                    }
                }
            }
        }
    }

    fn key_of(&mut self, field: FieldId) {
        let datamodel = self.datamodel;
        if let Some(key) = datamodel.foreign_key(&datamodel[field]) {
            for column in &key.columns {
                self.note(*column);
            }
        }
    }
}

/// Whether a filter on this key is served by an index, or names a row by a compound key.
fn leads_an_index(model: &Model, key: &str) -> bool {
    model.unique_criterion(key).is_some()
        || model
            .all_indexes
            .iter()
            .any(|index| index.columns.first().is_some_and(|first| first.name == key))
}
