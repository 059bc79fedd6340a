//! Groups of people by what the code does: each person is in one, and requests keep rows of several
//! models to the one of who asks, whatever the model is called.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_project::{
    Project,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{columns::is_key, leaves, trust::filter_of};
use crate::{
    call_graph::Once,
    event::{EventKind, Query},
    follow::Flow,
};

/// Rows of so many models are kept to the group of who asks before it is one.
const ENOUGH: usize = 2;

/// Words in the names of models that say what people are, not where they belong.
const KINDS: [&str; 9] = [
    "role",
    "permission",
    "plan",
    "country",
    "language",
    "locale",
    "status",
    "type",
    "level",
];

/// The models whose rows people belong to, as far as the names of models do not say so.
#[must_use]
pub fn groups(project: &Project, flow: &Flow) -> Vec<ModelRef> {
    let mut kept: BTreeMap<ModelRef, BTreeSet<ModelRef>> = BTreeMap::new();
    let mut once = Once::of(flow);
    for entered in flow.endpoints() {
        let endpoint = project.endpoints.get(entered.endpoint);
        let test = project.path_facts(endpoint.module).test;
        if endpoint.kind.is_request() && !test && !endpoint.access.administrative {
            once.visit(&entered.summary, &mut |event| {
                if let EventKind::Query(query) = &event.kind {
                    keeps(project, query, &mut kept);
                }
            });
        }
    }
    let groups = kept.into_iter();
    groups
        .filter(|(_, models)| models.len() >= ENOUGH)
        .map(|(group, _)| group)
        .collect()
}

/// Notes the groups of which who asks names theirs in the filter of a query.
fn keeps(project: &Project, query: &Query, kept: &mut BTreeMap<ModelRef, BTreeSet<ModelRef>>) {
    let Some(model) = project.calls.get(query.call).model() else {
        return;
    };
    let filter = query.arguments.first().and_then(filter_of);
    for leaf in filter.and_then(leaves).iter().flatten() {
        if leaf.weak || leaf.negated || !is_key(leaf.value) {
            continue;
        }
        if let Some(group) = led_to(project, model, &leaf.path)
            && group != model
            && holds(project, group)
        {
            kept.entry(group).or_default().insert(model);
        }
    }
}

/// The model whose key a condition names: `clinicId`, `clinic: { id }`.
fn led_to(project: &Project, model: ModelRef, path: &[SmolStr]) -> Option<ModelRef> {
    let declared = project.schemas.model(model);
    let (first, rest) = path.split_first()?;
    let side = declared.relation_fields().find_map(|field| {
        let side = field.relation().filter(|side| side.holds_key)?;
        let named = match rest {
            [] => matches!(side.fields.as_slice(), [key] if declared.field(first).is_some_and(|field| field.id == *key)),
            [_] => field.name == *first,
            _ => false,
        };
        named.then_some(side)
    })?;
    let target = ModelRef {
        schema: model.schema,
        model: side.target,
    };
    let of_target = |name: &SmolStr| {
        let other = project.schemas.model(target);
        other.field(name).is_some_and(|field| other.is_id(field.id))
    };
    rest.first().is_none_or(of_target).then_some(target)
}

/// Whether the row of each person names a row of the model, which is no kind of people and no owner
/// already.
fn holds(project: &Project, group: ModelRef) -> bool {
    let lower = project.schemas.model(group).name.to_ascii_lowercase();
    if KINDS.iter().any(|word| lower.ends_with(word)) {
        return false;
    }
    if matches!(project.owners.of(group), Ownership::Root(_)) {
        return false;
    }
    let graph = project.owners.graph(group.schema);
    let mut roots = graph.roots().iter();
    let Some(people) = roots.find(|root| root.kind == RootKind::Identity) else {
        return false;
    };
    let datamodel = &project.schemas.get(group.schema).datamodel;
    datamodel[people.model].relation_fields().any(|field| {
        let side = field.relation();
        side.is_some_and(|side| side.holds_key && side.target == group.model)
    })
}
