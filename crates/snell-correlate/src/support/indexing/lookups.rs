//! By which foreign keys the application's code looks rows up.

use rustc_hash::FxHashMap;
use snell_flow::{ObjectValue, Value};
use snell_prisma::{Datamodel, Field, FieldId, Model};
use snell_project::schema::{FieldRef, SchemaId};
use snell_source::Location;

use crate::support::queries::{self, objects};
use crate::{functions, rule::Context};

/// The first query that needs to find rows by a field: a filter on it that no
/// key or index of the model serves already, or a relation read or filtered
/// from the other side. Scripts and migrations run once: what they ask for counts for nothing.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    by_field: FxHashMap<FieldRef, Location>,
}

impl Lookups {
    /// Finds them.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        let mut found = Lookups::default();
        let asked = queries::of_models(context)
            .filter(|query| functions::is_application(context.project, query.call.module));
        for query in asked {
            let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
            let mut walk = Walk {
                schema: query.model.schema,
                datamodel,
                at: queries::operation_at(context, query.call),
                found: &mut found,
            };
            let model = &datamodel[query.model.model];
            if let Some(filter) = query.argument("where") {
                walk.filter(model, filter, false, 8);
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

    /// A condition on rows of `model`. With `served`, what stands around it has found
    /// them already, and it only takes some of them away.
    fn filter(&mut self, model: &Model, value: &Value, served: bool, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if let Value::Array(array) = value {
            for element in array.elements.iter().chain(&array.rest) {
                self.filter(model, element, served, depth);
            }
        }
        for object in objects(value) {
            let served = served || names_row(model, object);
            let narrowed = served || object.entries.keys().any(|key| leads_an_index(model, key));
            for (key, entry) in &object.entries {
                match key.as_str() {
                    "AND" | "OR" | "NOT" => self.filter(model, &entry.value, served, depth),
                    name => {
                        let Some(field) = model.field(name) else {
                            continue;
                        };
                        if field.relation().is_some() {
                            if holds_key(field) && !narrowed {
                                self.key_of(field.id);
                            }
                            self.relation(field, &entry.value, served, depth);
                        } else if !narrowed {
                            self.note(field.id);
                        }
                    }
                }
            }
        }
    }

    /// A filter through a relation: `{ posts: { some: {} } }`, `{ author: {} }`.
    fn relation(&mut self, field: &Field, value: &Value, served: bool, depth: u32) {
        let Some(target) = self.datamodel.target(field) else {
            return;
        };
        for object in objects(value) {
            let mut told = false;
            for key in ["some", "every", "none", "is", "isNot"] {
                if let Some(entry) = object.entries.get(key) {
                    told = true;
                    // `every` asks for a row that is not so: no index finds that.
                    let found =
                        key != "every" && objects(&entry.value).all(|o| names_row(target, o));
                    self.other_side(field, found);
                    self.filter(target, &entry.value, served, depth);
                }
            }
            if !told {
                self.other_side(field, names_row(target, object));
                self.filter(target, value, served, depth);
            }
        }
    }

    /// Rows of the side that holds the key are found by it, unless their own filter finds them.
    fn other_side(&mut self, field: &Field, found: bool) {
        if !holds_key(field) && !found {
            self.key_of(field.id);
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
                        self.filter(target, &entry.value, true, depth);
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

fn holds_key(field: &Field) -> bool {
    field.relation().is_some_and(|relation| relation.holds_key)
}

/// Whether a filter names a single row, by one of its keys.
fn names_row(model: &Model, filter: &ObjectValue) -> bool {
    filter
        .entries
        .iter()
        .any(|(key, entry)| match key.as_str() {
            "AND" => {
                let parts = match &entry.value {
                    Value::Array(array) => array.elements.iter().collect(),
                    value => vec![value],
                };
                let mut objects = parts.into_iter().filter_map(Value::as_object);
                objects.any(|part| names_row(model, part))
            }
            key => model.unique_criterion(key).is_some(),
        })
}

/// Whether a filter on this key is served by an index, or names a row by a compound key.
fn leads_an_index(model: &Model, key: &str) -> bool {
    model.unique_criterion(key).is_some()
        || model
            .all_indexes
            .iter()
            .any(|index| index.columns.first().is_some_and(|first| first.name == key))
}
