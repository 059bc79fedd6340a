//! What is done beside rows that are read or changed: counts and sums, and
//! rows that are changed only when they are there.

use snell_flow::{
    Value,
    scope::{Keyed, Reached, Verdict, leaves},
};
use snell_prisma::FieldId;
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        people, published,
        reach::{escapes, parent},
    },
};

/// What is wrong with a query that neither gives rows back nor changes known ones.
pub(in crate::rules::isolation) fn fault(
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
            let trust = reached.trust();
            let blind =
                entry.is_blind_of_rows(reached, trust, evidence.limited) && updates(reached);
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
    if !escapes(entry, reached) || keyed.is_none() && people::is_identity(context, model) {
        return None;
    }
    let shown = |keyed: &Keyed| published::is_profile(context, entry.walk, &keyed.key);
    if keyed.as_ref().is_some_and(shown) || keyed.is_none() && is_of_thing(context, reached, model)
    {
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

/// Whether rows are counted by all that makes them unique but the person: how many people chose
/// one thing, which none of them owns.
fn is_of_thing(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let operation = context.project.calls.get(reached.query.call).operation;
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let leaves = filter.and_then(|filter| leaves(&filter.value));
    let Some(leaves) = leaves.filter(|_| operation == Operation::Count) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let people = people::columns(context, model.schema, declared);
    let named = |column: FieldId| {
        leaves.iter().any(|leaf| {
            let [name] = leaf.path.as_slice() else {
                return false;
            };
            let field = declared.field(name);
            leaf.always && !leaf.weak && field.is_some_and(|field| field.id == column)
        })
    };
    declared.unique_criteria().any(|key| {
        let columns = || key.columns.iter().filter_map(|column| column.field);
        let others = || columns().filter(|column| !people.contains(column));
        others().count() + 1 == key.columns.len()
            && others().next().is_some()
            && others().all(named)
    })
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
pub(in crate::rules::isolation) fn told_by_rows(mut found: Vec<Exposure>) -> Vec<Exposure> {
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
