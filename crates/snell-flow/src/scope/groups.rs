//! Groups of people by what the code does: each person is in one, and requests keep rows of several
//! models to the one of who asks, whatever the model is called.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_project::{
    Project,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
    types::Types,
};

use super::{
    columns::{is_key, made, objects},
    leaves,
    trust::filter_of,
};
use crate::{
    call_graph::Once,
    event::{EventKind, Query},
    follow::Flow,
};

/// Rows of so many models are kept to the group of who asks before it is one.
const ENOUGH: usize = 2;

/// So many models have the key that an extension adds before it is one of a group.
const BY_EXTENSIONS: usize = 3;

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

/// The models whose rows are kept to one group, and those of which new ones are put into it.
#[derive(Default)]
struct Kept {
    filtered: BTreeSet<ModelRef>,
    made: BTreeSet<ModelRef>,
}

impl Kept {
    /// What is made for a group and never looked for by it may as well say who made it.
    fn are_enough(&self) -> bool {
        !self.filtered.is_empty() && self.filtered.union(&self.made).count() >= ENOUGH
    }
}

/// The models whose rows people belong to, as far as the names of models do not say so.
#[must_use]
pub fn groups(project: &Project, flow: &Flow) -> Vec<ModelRef> {
    let mut kept: BTreeMap<ModelRef, Kept> = BTreeMap::new();
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
    let groups = groups.filter(|(_, kept)| kept.are_enough());
    let mut groups: Vec<ModelRef> = groups.map(|(group, _)| group).collect();
    groups.extend(by_extensions(project));
    groups
}

/// The models whose key an extension of the client adds to whatever is asked of several others: it keeps their rows to
/// one of them, and knows from somewhere which that is.
fn by_extensions(project: &Project) -> BTreeSet<ModelRef> {
    let judged = |module| !project.path_facts(module).test;
    let keys = Types::new(&project.modules).added_keys(judged);
    let mut of: BTreeMap<ModelRef, usize> = BTreeMap::new();
    if !keys.is_empty() {
        for (model, ..) in project.schemas.models() {
            let mut keys = keys.iter();
            if let Some(group) =
                keys.find_map(|key| led_to(project, model, std::slice::from_ref(key)))
            {
                *of.entry(group).or_default() += 1;
            }
        }
    }
    let of = of.into_iter().filter(|(group, count)| {
        *count >= BY_EXTENSIONS && !is_kind(project, *group) && !is_root(project, *group)
    });
    of.map(|(group, _)| group).collect()
}

/// Notes the groups of which who asks names theirs in the filter of a query, or in what it makes.
fn keeps(project: &Project, query: &Query, kept: &mut BTreeMap<ModelRef, Kept>) {
    let call = project.calls.get(query.call);
    let (Some(model), Some(arguments)) = (call.model(), query.arguments.first()) else {
        return;
    };
    for leaf in filter_of(arguments).and_then(leaves).iter().flatten() {
        if leaf.weak || leaf.negated || !is_key(leaf.value) {
            continue;
        }
        if let Some(group) = led_to(project, model, &leaf.path)
            && group != model
            && holds(project, group)
        {
            kept.entry(group).or_default().filtered.insert(model);
        }
    }
    let made = made(call, arguments).map(objects);
    for (name, entry) in made.iter().flatten().flat_map(|object| &object.entries) {
        if is_key(&entry.value)
            && let Some(group) = led_to(project, model, std::slice::from_ref(name))
            && group != model
            && holds(project, group)
        {
            kept.entry(group).or_default().made.insert(model);
        }
    }
}

/// The model whose key a condition names: `clinicId`, `clinic: { id }`, `patient: { clinicId }`.
fn led_to(project: &Project, of_rows: ModelRef, path: &[SmolStr]) -> Option<ModelRef> {
    let declared = project.schemas.model(of_rows);
    let (first, rest) = path.split_first()?;
    let mut sides = declared.relation_fields().filter_map(|field| {
        let side = field.relation().filter(|side| side.holds_key)?;
        Some((field, side))
    });
    let of = |model| ModelRef { model, ..of_rows };
    if rest.is_empty() {
        let column = declared.field(first)?;
        let (_, side) = sides.find(|(_, side)| side.fields.as_slice() == [column.id])?;
        return Some(of(side.target));
    }
    let (_, side) = sides.find(|(field, _)| field.name == *first)?;
    let target = of(side.target);
    let other = project.schemas.model(target);
    let own_key = |name: &SmolStr| other.field(name).is_some_and(|field| other.is_id(field.id));
    match rest {
        [name] if own_key(name) => Some(target),
        rest => led_to(project, target, rest),
    }
}

/// Whether the row of each person names a row of the model, which is no kind of people and no owner
/// already.
fn holds(project: &Project, group: ModelRef) -> bool {
    if is_kind(project, group) || is_root(project, group) {
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

/// Whether rows of the model say what people are, not where they belong.
fn is_kind(project: &Project, model: ModelRef) -> bool {
    let lower = project.schemas.model(model).name.to_ascii_lowercase();
    KINDS.iter().any(|word| lower.ends_with(word))
}

/// Whether the model owns already.
fn is_root(project: &Project, model: ModelRef) -> bool {
    matches!(project.owners.of(model), Ownership::Root(_))
}
