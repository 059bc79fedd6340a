//! An `OR` with a way on which the owner is not asked for.

use snell_flow::{
    Value,
    scope::{Origin, Reached, Trust, leaves, opens, origins},
};
use snell_source::Location;

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        reach::{changes, given_back, is_blind},
    },
};

pub(in crate::rules::isolation) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Option<Exposure> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    let arguments = reached.query.arguments.first()?.as_object()?;
    let filter = &arguments.entries.get("where")?.value;
    let trust = reached.trust();
    let at = open_way(context, filter, trust)?;
    let guarded = if changes(call.operation) {
        is_blind(reached, trust).then(|| evidence.guarded(model))??
    } else if call.operation.finds_rows() && given_back(entry, reached, |_, _| true) {
        evidence.given_back(model)?
    } else {
        return None;
    };
    Some(Exposure {
        guarded: (guarded != reached.query.call).then_some(guarded),
        ..Exposure::of(entry, reached, model, Fault::Either(at))
    })
}

/// The `OR` of a condition that has a way of the client's alone beside one
/// that asks for the owner.
fn open_way(context: &Context<'_>, filter: &Value, trust: &Trust) -> Option<Location> {
    let object = filter.as_object()?;
    let entry = object.entries.get("OR")?;
    let Value::Array(ways) = &entry.value else {
        return None;
    };
    // Whatever stands beside the `OR` holds on all ways.
    let beside = object.entries.iter().any(|(key, entry)| {
        key != "OR" && (trust.is_trusted(&entry.value) || !is_known(&entry.value))
    });
    if beside || !object.spreads.is_empty() {
        return None;
    }
    let ways: Vec<&Value> = ways.elements.iter().chain(&ways.rest).collect();
    let owned = ways.iter().any(|way| names_who_asks(way));
    let open = ways.iter().any(|way| is_of_client(way, trust));
    (owned && open).then(|| context.project.modules.at(entry.module, entry.key))
}

fn is_known(value: &Value) -> bool {
    let mut known = true;
    origins(value, &mut |origin| {
        known &= matches!(origin, Origin::Constant | Origin::Client(_));
    });
    known
}

fn names_who_asks(way: &Value) -> bool {
    let mut named = false;
    origins(way, &mut |origin| {
        named |= matches!(origin, Origin::Identity(_))
    });
    named
}

/// Whether one way asks for nothing but what the client sent.
fn is_of_client(way: &Value, trust: &Trust) -> bool {
    let Some(leaves) = leaves(way) else {
        return false;
    };
    let mut client = false;
    let mut other = leaves.is_empty();
    for leaf in &leaves {
        other |= leaf.path.iter().any(|name| opens(name));
        origins(leaf.value, &mut |origin| match origin {
            Origin::Client(key) => {
                client = true;
                other |= trust.holds(&key);
            }
            Origin::Constant => {}
            _ => other = true,
        });
        // `deletedAt: null` narrows nothing; a constant of another kind may open the row.
        other |= leaf.value.is_constant() && *leaf.value != Value::Null;
    }
    client && !other
}
