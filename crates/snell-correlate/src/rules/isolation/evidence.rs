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
}

impl Evidence {
    pub(super) fn gather(context: &Context<'_>, entries: &[Entry<'_>]) -> Self {
        let mut evidence = Evidence::default();
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
            if !kept && escaped && access.public.is_some() {
                self.opened.insert(model);
            }
        }
    }

    pub(super) fn guarded(&self, model: ModelRef) -> Option<CallId> {
        self.guarded.get(&model).copied()
    }

    pub(super) fn given_back(&self, model: ModelRef) -> Option<CallId> {
        match self.opened.contains(&model) {
            true => None,
            false => self.given_back.get(&model).copied(),
        }
    }

    pub(super) fn listed(&self, model: ModelRef) -> Option<CallId> {
        match self.opened.contains(&model) {
            true => None,
            false => self.listed.get(&model).copied(),
        }
    }
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
