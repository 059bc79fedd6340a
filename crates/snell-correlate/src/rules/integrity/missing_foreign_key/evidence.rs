//! Code that takes a column for the key of another model: it writes a row's key
//! there, or looks the row up by what stands there.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_flow::{ObjectValue, Opaque, Query, Root, Step, Value};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::Location;

use crate::{
    functions,
    rule::Context,
    support::{
        queries::{self, objects},
        undeclared_keys::UndeclaredKey,
    },
};

/// How the code ties a column to the other model.
#[derive(Debug, Clone, Copy)]
pub(super) enum Joined {
    /// It stores the key of one of its rows.
    Written(Location),
    /// It finds a row by what is stored.
    Followed(Location),
}

/// For each candidate, the first code found that ties it.
pub(super) struct Evidence(FxHashMap<FieldRef, Joined>);

impl Evidence {
    pub(super) fn gather(context: &Context<'_>, candidates: &[UndeclaredKey<'_>]) -> Self {
        let mut search = Search {
            context,
            candidates,
            found: FxHashMap::default(),
        };
        for (call, event) in queries::application(context) {
            if functions::is_application(context.project, call.module) {
                search.query(event.query);
            }
        }
        for walked in context.walks {
            for reached in &walked.walk.queries {
                search.query(reached.query);
            }
        }
        Evidence(search.found)
    }

    pub(super) fn of(&self, field: FieldRef) -> Option<Joined> {
        self.0.get(&field).copied()
    }
}

struct Search<'a, 'c> {
    context: &'a Context<'a>,
    candidates: &'c [UndeclaredKey<'c>],
    found: FxHashMap<FieldRef, Joined>,
}

impl Search<'_, '_> {
    fn query(&mut self, query: &Query) {
        let call = self.context.project.calls.get(query.call);
        let Some(model) = call.model() else { return };
        let at = queries::operation_at(self.context, call);
        for candidate in self.candidates {
            let reference = candidate.field_ref();
            if self.found.contains_key(&reference) || candidate.id != model.schema {
                continue;
            }
            let own = candidate.model.id == model.model;
            let its = candidate.target.id == model.model;
            let joined = if own && self.writes(query, candidate) {
                Joined::Written(at)
            } else if its && self.follows(query, candidate) {
                Joined::Followed(at)
            } else {
                continue;
            };
            self.found.insert(reference, joined);
        }
    }

    /// `data: { agentId: agent.id }`
    fn writes(&self, query: &Query, candidate: &UndeclaredKey<'_>) -> bool {
        let target = ModelRef {
            schema: candidate.id,
            model: candidate.target.id,
        };
        rows(query, &["data", "create", "update"]).any(|row| {
            row.entries
                .get(&candidate.field.name)
                .is_some_and(|entry| self.is_field_of(&entry.value, target, &candidate.key.name))
        })
    }

    /// `where: { id: visit.agentId }`
    fn follows(&self, query: &Query, candidate: &UndeclaredKey<'_>) -> bool {
        let model = ModelRef {
            schema: candidate.id,
            model: candidate.model.id,
        };
        rows(query, &["where"]).any(|filter| {
            let Some(entry) = filter.entries.get(&candidate.key.name) else {
                return false;
            };
            let is_it = |value: &Value| self.is_field_of(value, model, &candidate.field.name);
            is_it(&entry.value)
                || objects(&entry.value).any(|operators| {
                    let listed = operators.entries.get("in");
                    let equal = operators.entries.get("equals");
                    listed.or(equal).is_some_and(|entry| {
                        let mut found = false;
                        entry.value.visit(&mut |part| found |= is_it(part));
                        found
                    })
                })
        })
    }

    /// Whether a value is this field of a row of the model.
    fn is_field_of(&self, value: &Value, model: ModelRef, field: &SmolStr) -> bool {
        let Value::Opaque(opaque) = value else {
            return false;
        };
        let Opaque { root, path } = &**opaque;
        let Root::Row(origin) = root else {
            return false;
        };
        let last = path
            .iter()
            .rev()
            .find(|step| !matches!(step, Step::Converted));
        // A row inside the row is of another model.
        let names = path.iter().filter(|step| matches!(step, Step::Property(_)));
        self.context.project.calls.get(origin.call).model() == Some(model)
            && names.count() == 1
            && matches!(last, Some(Step::Property(name)) if name == field)
    }
}

/// The objects under some keys of a query's argument, those in a list one by one.
fn rows<'q>(query: &'q Query, keys: &'static [&str]) -> impl Iterator<Item = &'q ObjectValue> {
    let arguments = query.arguments.first().and_then(Value::as_object);
    keys.iter()
        .filter_map(move |key| arguments?.entries.get(*key))
        .flat_map(|entry| match &entry.value {
            Value::Array(array) => array.elements.iter().chain(&array.rest).collect(),
            value => vec![value],
        })
        .flat_map(objects)
}
