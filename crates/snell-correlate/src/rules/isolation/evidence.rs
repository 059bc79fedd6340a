//! What the rest of the project says of a model: whose rows the author guards,
//! and which are meant for all.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_flow::{
    Fact,
    scope::{Origin, Trust, Verdict, Walk, origins, verdict},
};
use snell_project::{client::CallId, endpoint::Endpoint, ownership::Ownership, schema::ModelRef};

use crate::rule::Context;

/// One endpoint with everything that it runs.
pub(super) struct Entry<'a> {
    /// Its position in the project's endpoints.
    pub(super) position: usize,
    pub(super) endpoint: &'a Endpoint,
    pub(super) walk: Walk<'a>,
}

/// What all endpoints together say of the models.
#[derive(Default)]
pub(super) struct Evidence {
    /// Where an endpoint changes or reads rows of a model for their owner alone.
    guarded: BTreeMap<ModelRef, CallId>,
    /// Where it gives such rows back.
    given_back: BTreeMap<ModelRef, CallId>,
    /// Where it lists such rows.
    listed: BTreeMap<ModelRef, CallId>,
    /// Models whose rows an endpoint gives to anybody.
    opened: FxHashSet<ModelRef>,
    /// Models whose rows an endpoint gives to users whom they do not belong to.
    shared: FxHashSet<ModelRef>,
    /// The model whose rows each row belongs to, when it has no owner beside.
    parents: BTreeMap<ModelRef, ModelRef>,
}

impl Evidence {
    pub(super) fn gather(context: &Context<'_>, entries: &[Entry<'_>]) -> Self {
        let mut evidence = Evidence {
            parents: parents(context),
            ..Evidence::default()
        };
        for entry in entries {
            evidence.add(context, entry);
        }
        evidence
    }

    fn add(&mut self, context: &Context<'_>, entry: &Entry<'_>) {
        let project = context.project;
        let access = &entry.endpoint.access;
        let anybody = access.public.is_some() || !entry.endpoint.is_open_to_every_user();
        for reached in &entry.walk.queries {
            let call = project.calls.get(reached.query.call);
            let Some(model) = call.model() else { continue };
            if *project.owners.of(model) == Ownership::Global {
                continue;
            }
            let row = reached.query.arguments.first();
            let mut escapes = entry
                .walk
                .escapes
                .iter()
                .filter(|escape| {
                    escape.row.call == reached.query.call && Some(&escape.row.arguments) == row
                })
                .peekable();
            let escaped = escapes.peek().is_some();
            let trust = Trust::of(&reached.facts);
            let kept = match verdict(project, reached, &trust) {
                Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore => true,
                Verdict::ClientKeyOnly(_) if escaped => escapes.all(|escape| {
                    let trust = Trust::of(&escape.facts);
                    trust.is_row_in_scope(escape.row)
                }),
                _ => false,
            };
            if kept && !anybody {
                self.guarded.entry(model).or_insert(reached.query.call);
                if escaped {
                    self.given_back.entry(model).or_insert(reached.query.call);
                    if call.operation == snell_project::client::Operation::FindMany {
                        self.listed.entry(model).or_insert(reached.query.call);
                    }
                }
            }
            // Who creates a row may see it.
            if kept || !escaped || call.operation.is_create() {
                continue;
            }
            if access.public.is_some() || super::doors::is_outside(entry.endpoint) {
                self.opened.insert(model);
            } else if !anybody {
                self.shared.insert(model);
            }
        }
    }

    /// Where rows of the model, or those that they belong to, are kept to their owner.
    pub(super) fn guarded(&self, model: ModelRef) -> Option<CallId> {
        self.guarded.get(&model).copied().or_else(|| {
            let parents = self.ancestors(model);
            parents
                .filter_map(|parent| self.guarded.get(&parent))
                .next()
                .copied()
        })
    }

    /// Whether an endpoint gives such rows to everybody.
    pub(super) fn is_open(&self, model: ModelRef) -> bool {
        self.opened.contains(&model)
    }

    /// Where such rows are given back to their owner, and never to anybody else.
    pub(super) fn given_back(&self, model: ModelRef) -> Option<CallId> {
        self.privately(model, &self.given_back)
    }

    /// Where such rows are listed for their owner, and never for anybody else.
    pub(super) fn listed(&self, model: ModelRef) -> Option<CallId> {
        self.privately(model, &self.listed)
    }

    fn privately(&self, model: ModelRef, places: &BTreeMap<ModelRef, CallId>) -> Option<CallId> {
        if self.opened.contains(&model) {
            return None;
        }
        places.get(&model).copied().or_else(|| {
            let parent = self
                .ancestors(model)
                .find(|parent| places.contains_key(parent))?;
            let open = self.opened.contains(&parent) || self.shared.contains(&parent);
            places.get(&parent).filter(|_| !open).copied()
        })
    }

    /// The models whose rows a row belongs to, nearest first.
    fn ancestors(&self, model: ModelRef) -> impl Iterator<Item = ModelRef> {
        let parent = |model: &ModelRef| self.parents.get(model).copied();
        // Chains end at an owner; a schema deeper than this is drawn in circles.
        std::iter::successors(parent(&model), parent).take(8)
    }
}

/// The one model through which alone the rows of a model belong to anybody.
fn parents(context: &Context<'_>) -> BTreeMap<ModelRef, ModelRef> {
    let schemas = &context.project.schemas;
    let parent = |child: ModelRef| -> Option<ModelRef> {
        let datamodel = &schemas.get(child.schema).datamodel;
        let Ownership::Owned(chains) = context.project.owners.of(child) else {
            return None;
        };
        // Of one step, the end is an owner beside.
        if chains.iter().any(|chain| chain.relations.len() < 2) {
            return None;
        }
        let mut first = chains
            .iter()
            .filter(|chain| chain.required)
            .map(|chain| datamodel.target(&datamodel[chain.relations[0]]));
        let only = first.next()??;
        first
            .all(|other| other.is_some_and(|other| other.id == only.id))
            .then_some(ModelRef {
                schema: child.schema,
                model: only.id,
            })
    };
    let models = schemas.models();
    models
        .filter_map(|(child, ..)| Some((child, parent(child)?)))
        .collect()
}

/// Whether what holds asks something of the row itself: whether it is public,
/// shared, not yet taken.
pub(super) fn asks_of_row(facts: &[Fact], row: &snell_flow::RowOrigin) -> bool {
    let of_row = |value: &snell_flow::Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            if let Origin::Row(other, path) = origin {
                found |= other == row && !path.is_empty();
            }
        });
        found
    };
    facts.iter().any(|fact| match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => of_row(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => of_row(a) || of_row(b),
        Fact::OneOf(groups) => groups.iter().any(|group| asks_of_row(group, row)),
    })
}
