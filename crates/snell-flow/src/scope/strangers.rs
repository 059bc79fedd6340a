//! Columns that hold the keys of people of whom a schema has no model, because they live in another
//! service: requests compare them with who asks.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::{
    Project,
    schema::{ModelRef, SchemaId},
};

use super::{columns::is_key, content::is_content, leaves, trust::filter_of};
use crate::{
    event::{EventKind, Query, Summary},
    follow::Flow,
};

/// The columns by which requests keep rows to who asks, in schemas without a model of people.
#[must_use]
pub fn strangers(project: &Project, flow: &Flow) -> Vec<(ModelRef, FieldId)> {
    let mut seen = Seen {
        project,
        visited: FxHashSet::default(),
        columns: BTreeSet::new(),
    };
    for entered in flow.endpoints() {
        let endpoint = project.endpoints.get(entered.endpoint);
        let test = project.path_facts(endpoint.module).test;
        if endpoint.kind.is_request() && !test {
            seen.summary(&entered.summary);
        }
    }
    let alike = alike(project, &seen.columns);
    seen.columns.extend(alike);
    seen.columns.into_iter().collect()
}

/// What ends the names of columns that say whose a row is.
const WHOSE: [&str; 7] = [
    "user", "owner", "author", "customer", "member", "account", "creator",
];

/// The columns of other models of the schema that are called as one that says whose a row is: there, too, they hold the
/// keys of the same people.
fn alike(project: &Project, known: &BTreeSet<(ModelRef, FieldId)>) -> Vec<(ModelRef, FieldId)> {
    let mut found = Vec::new();
    let mut names: BTreeSet<(SchemaId, &SmolStr)> = BTreeSet::new();
    for (model, column) in known {
        let name = &project.schemas.get(model.schema).datamodel[*column].name;
        let bare = name.to_ascii_lowercase().replace('_', "");
        let bare = bare.strip_suffix("id").unwrap_or(&bare);
        if WHOSE.iter().any(|end| bare.ends_with(end)) {
            names.insert((model.schema, name));
        }
    }
    if names.is_empty() {
        return found;
    }
    for (reference, _, model) in project.schemas.models() {
        let own = model.columns().filter(|field| {
            let plain = !model.is_id(field.id) && !model.is_foreign_key(field.id);
            plain && field.is_required() && names.contains(&(reference.schema, &field.name))
        });
        found.extend(own.map(|field| (reference, field.id)));
    }
    found
}

struct Seen<'p> {
    project: &'p Project,
    visited: FxHashSet<*const Summary>,
    columns: BTreeSet<(ModelRef, FieldId)>,
}

impl Seen<'_> {
    fn summary(&mut self, summary: &Arc<Summary>) {
        if !self.visited.insert(Arc::as_ptr(summary)) {
            return;
        }
        for event in &summary.events {
            match &event.kind {
                EventKind::Query(query) => self.query(query),
                EventKind::Call { summary, .. } => self.summary(summary),
                _ => {}
            }
        }
    }

    fn query(&mut self, query: &Query) {
        let call = self.project.calls.get(query.call);
        let Some(model) = call.model() else { return };
        if !self.project.owners.graph(model.schema).roots().is_empty() {
            return;
        }
        let Some(leaves) = query.arguments.first().and_then(filter_of).and_then(leaves) else {
            return;
        };
        for leaf in leaves.iter().filter(|leaf| !leaf.weak) {
            if is_key(leaf.value) {
                self.columns.extend(self.column(model, &leaf.path));
            }
        }
    }

    /// The column at the end of a path, when it can be the key of somebody elsewhere.
    fn column(&self, model: ModelRef, path: &[SmolStr]) -> Option<(ModelRef, FieldId)> {
        let datamodel = &self.project.schemas.get(model.schema).datamodel;
        let (last, way) = path.split_last()?;
        let mut holder: &Model = self.project.schemas.model(model);
        for name in way {
            if holder.unique_criterion(name).is_some() {
                continue;
            }
            holder = datamodel.target(holder.field(name)?)?;
        }
        let field: &Field = holder.field(last)?;
        let key = matches!(
            field.scalar(),
            Some(ScalarType::String | ScalarType::Int | ScalarType::BigInt)
        );
        let reference = ModelRef {
            schema: model.schema,
            model: holder.id,
        };
        let own = holder.is_id(field.id) || holder.is_foreign_key(field.id) || field.is_list();
        let named = !is_content(self.project, reference, std::slice::from_ref(last));
        (key && !own && named).then_some((reference, field.id))
    }
}
