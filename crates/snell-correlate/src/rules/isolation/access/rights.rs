//! What endpoints with a right (a role, a permission, a scope) say of each other: where
//! one and the same right leads to one's own rows alone, it lets nobody see those of others.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_flow::scope::{Reached, Verdict, verdict};
use snell_project::{
    Project,
    endpoint::Endpoint,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        judged::faults,
    },
};

/// Fewer endpoints than these show nothing.
const ENOUGH: usize = 2;
/// One that is open among so many that are not may be a fault of the same kind.
const MAJORITY: usize = 3;

/// What the endpoints with each right do with the rows of each model.
#[derive(Default)]
pub(in crate::rules::isolation) struct OfRights {
    /// What all endpoints say of the models, those with rights too.
    pub(in crate::rules::isolation) evidence: Evidence,
    kept: BTreeMap<(SmolStr, ModelRef), BTreeSet<usize>>,
    open: BTreeMap<(SmolStr, ModelRef), BTreeSet<usize>>,
}

impl OfRights {
    pub(in crate::rules::isolation) fn gather(
        context: &Context<'_>,
        entries: &[Entry<'_>],
    ) -> Self {
        let limited = |entry: &&Entry<'_>| is_of_right(entry.endpoint);
        let mut found = OfRights::default();
        if !entries.iter().any(|entry| limited(&entry)) {
            return found;
        }
        found.evidence = Evidence::gather(context, entries, true);
        for entry in entries.iter().filter(limited) {
            found.add(context, entry);
        }
        found
    }

    fn add(&mut self, context: &Context<'_>, entry: &Entry<'_>) {
        for reached in &entry.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let Some(model) = call.model() else { continue };
            let trust = reached.trust();
            let places = match verdict(context.project, reached, trust) {
                Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore => {
                    &mut self.kept
                }
                Verdict::ClientKeyOnly(_) | Verdict::OwnerFromClient(_) | Verdict::Unfiltered => {
                    &mut self.open
                }
                _ => continue,
            };
            for right in &entry.endpoint.access.rights {
                let endpoints = places.entry((right.clone(), model)).or_default();
                endpoints.insert(entry.position);
            }
        }
    }

    /// What an endpoint with a right lets a query do with rows of anybody, where the
    /// other endpoints with that right keep such rows to who asks.
    pub(in crate::rules::isolation) fn faults(
        &self,
        context: &Context<'_>,
        entry: &Entry<'_>,
        position: usize,
        reached: &Reached<'_>,
    ) -> Vec<Exposure> {
        if !is_of_right(entry.endpoint) {
            return Vec::new();
        }
        let mut found = faults(context, entry, position, reached, &self.evidence);
        for exposure in &mut found {
            exposure.alike = self.alike(context, entry, exposure);
        }
        found.retain(|exposure| exposure.alike > 0 && !exposure.presumed);
        found
    }

    /// How many other endpoints with the right of one keep the rows of a fault to who asks;
    /// none when there are too few, or too many others.
    fn alike(&self, context: &Context<'_>, entry: &Entry<'_>, exposure: &Exposure) -> usize {
        let model = match &exposure.fault {
            Fault::Reference(reference) => reference.target,
            Fault::Included(included) => included.target,
            _ => exposure.model,
        };
        // Whom a row refers to is another question than whose it is.
        let person = *context.project.owners.of(model) == Ownership::Root(RootKind::Identity);
        let used = matches!(
            exposure.fault,
            Fault::Write(_) | Fault::Owner(_) | Fault::Asked(_)
        );
        if person && !used {
            return 0;
        }
        let of = |places: &BTreeMap<(SmolStr, ModelRef), BTreeSet<usize>>| {
            let rights = entry.endpoint.access.rights.iter();
            let all = rights.filter_map(|right| places.get(&(right.clone(), model)));
            let all: BTreeSet<usize> = all.flatten().copied().collect();
            all
        };
        let kept = of(&self.kept);
        let others = kept.iter().filter(|other| **other != entry.position);
        let kept_by_others = others.count();
        let open = of(&self.open);
        let open = open.difference(&kept);
        let open = open.filter(|other| **other != entry.position).count();
        let shown = kept_by_others >= ENOUGH && open * MAJORITY <= kept_by_others;
        if shown { kept_by_others } else { 0 }
    }
}

/// Fewer endpoints than these do not show what stands before all of them.
const ALL: usize = 5;

/// What is asked for at every endpoint at which somebody signs in: a guard of the whole application.
pub(in crate::rules::isolation) fn common(project: &Project) -> BTreeSet<SmolStr> {
    let asked = project.endpoints.iter().filter(|endpoint| {
        let access = &endpoint.access;
        endpoint.kind.is_request() && access.authenticated && access.public.is_none()
    });
    let asked: Vec<_> = asked.map(|endpoint| &endpoint.access.restricted).collect();
    let Some((first, others)) = asked.split_first().filter(|_| asked.len() >= ALL) else {
        return BTreeSet::new();
    };
    let first = first.iter().cloned().collect();
    others
        .iter()
        .fold(first, |common: BTreeSet<SmolStr>, restricted| {
            common
                .into_iter()
                .filter(|one| restricted.contains(one))
                .collect()
        })
}

/// Whether it is known what an endpoint asks a right for.
fn is_of_right(endpoint: &Endpoint) -> bool {
    endpoint.is_limited() && !endpoint.access.rights.is_empty()
}
