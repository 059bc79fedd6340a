//! What is done beside rows that are read or changed: counts and sums, and
//! rows that are changed only when they are there.

use snell_flow::{
    Value,
    scope::{Keyed, Reached, Trust, Verdict},
};
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};

use super::{
    evidence::{Entry, Evidence},
    survey::{Exposure, Fault, escapes, is_identity, parent},
};
use crate::rule::Context;

/// What is wrong with a query that neither gives rows back nor changes known ones.
pub(super) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
    verdict: Verdict,
) -> Option<(Fault, Option<CallId>)> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    let keyed = match verdict {
        Verdict::ClientKeyOnly(keyed) | Verdict::OwnerFromClient(keyed) => Some(keyed),
        Verdict::Unfiltered => None,
        _ => return None,
    };
    match call.operation {
        Operation::Upsert => {
            let trust = Trust::of(&reached.facts);
            let blind = entry.is_blind(reached, &trust, evidence.limited) && updates(reached);
            let guarded = evidence.guarded(model).filter(|_| blind)?;
            Some((Fault::Upsert(keyed?), Some(guarded)))
        }
        Operation::Count | Operation::Aggregate | Operation::GroupBy => {
            aggregate(context, entry, reached, evidence, keyed)
        }
        _ => None,
    }
}

fn aggregate(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
    keyed: Option<Keyed>,
) -> Option<(Fault, Option<CallId>)> {
    let call = reached.query.call;
    let model = context.project.calls.get(call).model()?;
    if !escapes(entry, reached) || keyed.is_none() && is_identity(context, model) {
        return None;
    }
    let guarded = match &keyed {
        Some(keyed) => {
            let of_parent = || evidence.private(parent(context, model, &keyed.field)?, call);
            evidence.given_back(model).or_else(of_parent)?
        }
        None => evidence.listed(model)?,
    };
    Some((Fault::Aggregate(keyed), Some(guarded)))
}

/// Whether an `upsert` changes the row that is there, or takes it over.
fn updates(reached: &Reached<'_>) -> bool {
    let update = reached
        .query
        .arguments
        .first()
        .and_then(Value::as_object)
        .and_then(|object| object.entries.get("update"));
    update.is_some_and(|entry| match entry.value.as_object() {
        Some(update) => !update.entries.is_empty() || !update.spreads.is_empty(),
        None => true,
    })
}

/// What is counted beside rows that are given back is told by those.
pub(super) fn told_by_rows(mut found: Vec<Exposure>) -> Vec<Exposure> {
    let rows: Vec<(usize, ModelRef)> = found
        .iter()
        .filter(|exposure| !matches!(exposure.fault, Fault::Aggregate(_)))
        .map(|exposure| (exposure.endpoint, exposure.model))
        .collect();
    found.retain(|exposure| {
        !matches!(exposure.fault, Fault::Aggregate(_))
            || !rows.contains(&(exposure.endpoint, exposure.model))
    });
    found
}
