//! Which of the faults that are found are one and the same.

use snell_flow::scope::Key;
use snell_project::Project;

use crate::{
    rule::Context,
    rules::isolation::{
        exposure::{Exposure, Fault},
        reach::changes,
        tenant,
    },
};

/// Adds a fault. One key that nobody checks is one fault, however often it is used.
pub(in crate::rules::isolation) fn add(
    context: &Context<'_>,
    found: &mut Vec<Exposure>,
    exposure: Exposure,
) {
    let told = found.iter_mut().find(|other| {
        other.endpoint == exposure.endpoint && same_key(&other.fault, &exposure.fault)
    });
    let changes = |one: &Exposure| changes(context.project.calls.get(one.call).operation);
    match told {
        // What is done with rows says more than that something is told of them, and that they change more than that
        // they are shown.
        Some(other)
            if matches!(other.fault, Fault::Asked(_))
                && !matches!(exposure.fault, Fault::Asked(_))
                || changes(&exposure) && !exposure.slight && !changes(other) =>
        {
            *other = exposure;
        }
        Some(_) => {}
        None => found.push(exposure),
    }
}

/// Drops new rows of a group that nobody asked for members of, where the endpoint does worse by the same key.
pub(in crate::rules::isolation) fn drop_told_by_key(
    context: &Context<'_>,
    found: &mut Vec<Exposure>,
) {
    let key = |fault: &Fault| match fault {
        Fault::Write(keyed)
        | Fault::Read(keyed)
        | Fault::Owner(keyed)
        | Fault::Posed(keyed)
        | Fault::Upsert(keyed) => Some(keyed.key.clone()),
        _ => None,
    };
    let told: Vec<(usize, Key)> = found
        .iter()
        .filter_map(|one| Some((one.endpoint, key(&one.fault)?)))
        .collect();
    found.retain(|one| match &one.fault {
        Fault::Reference(reference) if tenant::is_tenant(context, reference.target) => !told
            .iter()
            .any(|(endpoint, key)| *endpoint == one.endpoint && *key == reference.key),
        _ => true,
    });
}

/// One query that several endpoints lead to is told once, from the one of them before
/// which least is asked, and that is nearest.
pub(in crate::rules::isolation) fn shortest_ways(
    project: &Project,
    found: Vec<Exposure>,
) -> Vec<Exposure> {
    let way = |exposure: &Exposure| {
        let limited = project.endpoints.get(exposure.endpoint).is_limited();
        (limited, exposure.trail.len())
    };
    let mut kept: Vec<Exposure> = Vec::new();
    for exposure in found {
        let same = |other: &&mut Exposure| {
            other.call == exposure.call && same_place(&other.fault, &exposure.fault)
        };
        match kept.iter_mut().find(same) {
            Some(other) if way(&exposure) < way(other) => *other = exposure,
            Some(_) => {}
            None => kept.push(exposure),
        }
    }
    kept
}

/// Where only other endpoints say that rows are for those who are in a group, or no endpoint asks for the role that
/// people have, one cause is told once for each class: at what changes rows, if anything does.
pub(in crate::rules::isolation) fn once_for_each_class(
    project: &Project,
    found: Vec<Exposure>,
) -> Vec<Exposure> {
    let class = |exposure: &Exposure| project.endpoints.get(exposure.endpoint).class;
    let writes = |exposure: &Exposure| project.calls.get(exposure.call).operation.is_write();
    let mut kept: Vec<Exposure> = Vec::new();
    for exposure in found {
        let unasked = |one: &Exposure| one.presumed && matches!(one.fault, Fault::Administrative);
        let same = |other: &&mut Exposure| {
            (other.of_members.is_some() && other.of_members == exposure.of_members
                || unasked(other) && unasked(&exposure))
                && class(other).is_some()
                && class(other) == class(&exposure)
        };
        match kept.iter_mut().find(same) {
            Some(other) => {
                let beside = other.beside + 1;
                if writes(&exposure) && !writes(other) {
                    *other = exposure;
                }
                other.beside = beside;
            }
            None => kept.push(exposure),
        }
    }
    kept
}

/// Whether two faults of one query are told together.
fn same_place(a: &Fault, b: &Fault) -> bool {
    match (a, b) {
        (Fault::Reference(a) | Fault::NewOwner(a), Fault::Reference(b) | Fault::NewOwner(b)) => {
            a.at == b.at
        }
        (Fault::Included(a), Fault::Included(b)) => a.at == b.at,
        (Fault::Copied(a), Fault::Copied(b)) => a.at == b.at,
        (Fault::Included(_) | Fault::Copied(_), _) | (_, Fault::Included(_) | Fault::Copied(_)) => {
            false
        }
        (Fault::Administrative | Fault::Unguarded, _)
        | (_, Fault::Administrative | Fault::Unguarded) => false,
        (Fault::Reference(_) | Fault::NewOwner(_), _)
        | (_, Fault::Reference(_) | Fault::NewOwner(_)) => false,
        _ => true,
    }
}

fn same_key(a: &Fault, b: &Fault) -> bool {
    match (a, b) {
        (
            Fault::Write(a) | Fault::Read(a) | Fault::Owner(a) | Fault::Asked(a) | Fault::Posed(a),
            Fault::Write(b) | Fault::Read(b) | Fault::Owner(b) | Fault::Asked(b) | Fault::Posed(b),
        ) => a.key == b.key,
        (Fault::Posed(a), Fault::NewOwner(b)) => a.key == b.key,
        (Fault::Reference(a) | Fault::NewOwner(a), Fault::Reference(b) | Fault::NewOwner(b)) => {
            a.key == b.key
        }
        (Fault::Shared(a), Fault::Shared(b)) => a.keyed.key == b.keyed.key,
        (Fault::Upsert(a), Fault::Upsert(b)) => a.key == b.key,
        (Fault::Aggregate(Some(a)), Fault::Aggregate(Some(b))) => a.key == b.key,
        (Fault::Raw { writes: a, .. }, Fault::Raw { writes: b, .. }) => a == b,
        (Fault::List, Fault::List)
        | (Fault::First, Fault::First)
        | (Fault::Sweep, Fault::Sweep)
        | (Fault::Consulted, Fault::Consulted)
        | (Fault::Aggregate(None), Fault::Aggregate(None)) => true,
        _ => false,
    }
}
