//! Changes that users and administrators reach by one query: what asks for a role
//! before it on one way says that it is not for everybody on the other.

use rustc_hash::FxHashMap;
use snell_flow::scope::{Reached, Verdict, takes_over, verdict};
use snell_project::client::CallId;

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault, Shared},
        people,
        reach::{changes, is_blind, only_counts},
    },
};

/// The endpoints of administrators that lead to a query, by the query: the first of each.
pub(in crate::rules::isolation) fn administrators(
    entries: &[Entry<'_>],
) -> FxHashMap<CallId, usize> {
    let mut found = FxHashMap::default();
    let asked = entries.iter().filter(|entry| {
        let access = &entry.endpoint.access;
        !access.restricted.is_empty() && (access.exempt || access.administrative)
    });
    for entry in asked {
        for reached in &entry.walk.queries {
            found.entry(reached.query.call).or_insert(entry.position);
        }
    }
    found
}

/// A change that a user's endpoint lets run on a row of anybody, where only the
/// administrators' endpoint beside it says that it is not for all.
pub(in crate::rules::isolation) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
    administrators: &FxHashMap<CallId, usize>,
) -> Option<Exposure> {
    let project = context.project;
    let administrators = *administrators.get(&reached.query.call)?;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let trust = reached.trust();
    let owned = project.owners.of(model).required_chain().is_some();
    if !owned
        || !changes(call.operation)
        || !is_blind(reached, trust)
        || entry.endpoint.is_limited()
        || people::is_identity(context, model)
        || evidence.guarded(model).is_some()
    {
        return None;
    }
    let Verdict::ClientKeyOnly(keyed) = verdict(project, reached, trust) else {
        return None;
    };
    let arguments = reached.query.arguments.first()?;
    if takes_over(project, model, arguments) || only_counts(arguments) {
        return None;
    }
    Some(Exposure::of(
        entry,
        reached,
        model,
        Fault::Shared(Shared {
            keyed,
            administrators,
        }),
    ))
}
