//! The verdict of one query.

use smol_str::SmolStr;
use snell_project::{
    Project,
    client::{ClientCall, Operation},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::Confidence;

use super::{
    Key, Leaf, Origin, Reached, Trust,
    claimed::{claimed, found_by_owner},
    content::{is_content_of_row, says_who_did},
    context,
    filter::certain_leaves,
    inside::is_checked_inside,
    leaves,
    names::Names,
    opened::{is_handed_round, opened_by},
    origins,
    passed::{is_of_client, is_sent, overruled, passed_beyond, passed_on},
    trust::filter_of,
    whole::{bound, by_sent_whole, row_sent_whole, sent_whole},
};
use crate::{
    facts::Facts,
    value::{RowOrigin, Value},
};

/// Whose rows a query reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Constrained to who asks.
    Scoped,
    /// Keyed by a row that was itself obtained in scope.
    ScopedByParent,
    /// Keyed by what a check before tied to who asks.
    CheckedBefore,
    /// The model has no owner, or the rows that are asked for have none.
    NotOwned,
    /// Filtered by an owner's key that the client sent.
    OwnerFromClient(Keyed),
    /// Keyed by what the client sent, alone.
    ClientKeyOnly(Keyed),
    /// By nothing that says whose the rows are.
    Unfiltered,
    /// Could not be decided.
    Unknown,
}

/// How a client keys a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// The fields that are compared: `id`, `session.id`.
    pub field: SmolStr,
    /// What the client sent.
    pub key: Key,
    /// Whether it names one row (or a list of them) rather than those of a parent.
    pub by_unique: bool,
}

/// The verdict of a query, as far as what holds before it says.
#[must_use]
pub fn verdict(project: &Project, reached: &Reached<'_>, trust: &Trust) -> Verdict {
    let call = project.calls.get(reached.query.call);
    let Some(model) = call.model() else {
        return Verdict::Unknown;
    };
    if *project.owners.of(model) == Ownership::Global {
        return Verdict::NotOwned;
    }
    if call.client.is_scoping() {
        return Verdict::Scoped;
    }
    if let Some(decided) = context::verdict(project, model, reached, trust) {
        return decided;
    }
    let Some(arguments) = reached.query.arguments.first() else {
        return if call.operation.is_create() {
            Verdict::Unknown
        } else {
            Verdict::Unfiltered
        };
    };
    if is_checked_inside(arguments, trust) {
        return Verdict::CheckedBefore;
    }
    if call.client.amending || call.confidence == Confidence::Possible {
        return Verdict::Unknown;
    }
    if let Some(sent) = sent_whole(call, arguments) {
        return match trust.holds(&sent) {
            true => Verdict::CheckedBefore,
            false => by_sent_whole(call, sent),
        };
    }
    // What stands beside the condition, the client may write: `{ ...args, where: { ownerId } }`.
    let known = arguments.as_object().is_some_and(|object| {
        let own = object.entries.get("where");
        object.spreads.is_empty() || own.is_some_and(|own| own.always && !own.beneath)
    });
    if !known {
        return Verdict::Unknown;
    }
    let Some(filter) = filter_of(arguments) else {
        return Verdict::Unfiltered;
    };
    match leaves(filter) {
        Some(leaves) => by_leaves(project, call, model, &leaves, trust, &reached.facts),
        None => match row_sent_whole(call, filter) {
            Some(sent) if trust.holds(&sent) || trust.inside(&sent).next().is_some() => {
                Verdict::CheckedBefore
            }
            Some(sent) => Verdict::ClientKeyOnly(Keyed {
                field: "where".into(),
                key: sent,
                by_unique: true,
            }),
            None => bound(project, filter, trust).unwrap_or(Verdict::Unknown),
        },
    }
}

fn by_leaves(
    project: &Project,
    call: &ClientCall,
    model: ModelRef,
    leaves: &[Leaf<'_>],
    trust: &Trust,
    facts: &Facts,
) -> Verdict {
    let names = Names {
        project,
        model,
        declared: project.schemas.model(model),
    };
    let mut best: Option<Verdict> = None;
    let (mut unknown, mut rows, mut checked, mut of_others) = (false, false, false, false);
    let (mut claim, mut overruling) = (None, None);
    // Rows whose key the client names, and those by other columns of which is asked.
    let (mut named, mut narrowing): (Vec<RowOrigin>, Vec<RowOrigin>) = Default::default();
    let mut keyed: Vec<(&Leaf<'_>, Key)> = Vec::new();
    let changes = call.operation.is_write() && !call.operation.is_create();
    for leaf in leaves {
        let mut sent = |leaf, key| match trust.holds(&key) {
            true => checked = true,
            false => keyed.push((leaf, key)),
        };
        let by_unique = call.operation == Operation::Upsert && names.is_unique(&leaf.path, call);
        let measures = changes && names.measures(&leaf.path);
        let mut look = |origin: Origin<'_>| match origin {
            // `userId: { not: user.id }` asks for the rows of everybody else.
            Origin::Identity(_) if leaf.negated => of_others = true,
            // `id: { notIn: kept }` leaves out some of the rows, whoever has the others.
            _ if leaf.negated => {}
            Origin::Identity(_) => best = Some(Verdict::Scoped),
            // `balance: { gte: price }` names nobody, whatever a change needs to be there.
            Origin::Row(..) | Origin::Unknown | Origin::Result(_) | Origin::Program if measures => {
            }
            Origin::Row(row, path) if trust.is_row_in_scope(row) => {
                // What two rows are like ties neither to the other.
                match is_content_of_row(project, row, &path.names()) {
                    true => rows |= !is_alike(project, call, row),
                    false => best = best.take().or(Some(Verdict::ScopedByParent)),
                }
            }
            Origin::Row(row, path) => match handed_on(project, call, (row, &path.names()), facts) {
                Some(key) => {
                    named.push(row.clone());
                    sent(leaf, key);
                }
                None => {
                    match is_of_client(row) {
                        true => narrowing.push(row.clone()),
                        false => rows = true,
                    }
                    if claim.is_none() {
                        let found = || found_by_owner(&names, call, (row, path), facts, trust);
                        claim = claimed(project, row, facts, trust).or_else(found);
                    }
                }
            },
            // Some of the people, by what they are like.
            Origin::Client(_) if is_described(&names, leaf) => unknown = true,
            Origin::Client(key) => sent(leaf, key),
            Origin::Constant => {}
            Origin::Unknown | Origin::Result(_) | Origin::Program => unknown = true,
        };
        if let Some(keyed) = overruling_key(&names, call, leaf, trust) {
            overruling.get_or_insert(keyed);
            continue;
        }
        if let Some(key) = overruling_row(&names, call, leaf, trust) {
            keyed.push((leaf, key));
            continue;
        }
        origins_of(leaf, by_unique, &mut look);
    }
    if checked {
        best.get_or_insert(Verdict::CheckedBefore);
    }
    if let Some(best) = best {
        return best;
    }
    if leaves.iter().any(|leaf| is_nobodys(&names, leaf)) {
        return Verdict::NotOwned;
    }
    let opens = opens_rows(call, &keyed, leaves);
    if let Some(said) = by_client(overruling, claim, unknown || opens) {
        return said;
    }
    if unknown || rows || opens {
        return Verdict::Unknown;
    }
    let narrowed = narrowing.iter().any(|row| !named.contains(row));
    let found = by_keys(&names, call, keyed, narrowed);
    if of_others { of_all_but(found) } else { found }
}

/// What the client says of whose the rows are, where it overrules who asks, or names the owner itself.
fn by_client(overruling: Option<Keyed>, claim: Option<Keyed>, doubtful: bool) -> Option<Verdict> {
    match overruling {
        Some(_) if doubtful => Some(Verdict::Unknown),
        Some(overruling) => Some(Verdict::OwnerFromClient(overruling)),
        None => claim.filter(|_| !doubtful).map(Verdict::OwnerFromClient),
    }
}

/// Whether a condition says what the owner is like, and not who.
fn is_described(names: &Names<'_>, leaf: &Leaf<'_>) -> bool {
    !leaf.weak && names.describes_owner(&leaf.path)
}

/// Whether something in a condition opens rows to others, or is a value that somebody was handed.
fn opens_rows(call: &ClientCall, keyed: &[(&Leaf<'_>, Key)], leaves: &[Leaf<'_>]) -> bool {
    let changes = call.operation.is_write() && !call.operation.is_create();
    let mut keys = keyed.iter();
    keys.any(|(_, key)| is_handed_round(key, changes))
        || leaves.iter().any(|leaf| opened_by(leaf, changes))
}

/// The same where who asks is left out by a condition.
fn of_all_but(found: Verdict) -> Verdict {
    match found {
        // Of what others have put into the thing that a key names: who asks may have no part in it.
        Verdict::ClientKeyOnly(keyed) if !keyed.by_unique => Verdict::ClientKeyOnly(keyed),
        // It may be what the query is for: what others offer, what one likes.
        _ => Verdict::Unknown,
    }
}

/// What a comparison is made with. `id: sent || make()`: with a key that is made, no row is there yet.
fn origins_of<'v>(leaf: &Leaf<'v>, by_unique: bool, look: &mut dyn FnMut(Origin<'v>)) {
    match leaf.value {
        Value::OneOf(choices) if by_unique && choices.iter().any(|c| is_sent(&c.value)) => {
            let sent = choices.iter().filter(|c| is_sent(&c.value));
            sent.for_each(|choice| origins(&choice.value, look));
        }
        value => origins(value, look),
    }
}

/// `userId: null` asks for what belongs to nobody.
fn is_nobodys(names: &Names<'_>, leaf: &Leaf<'_>) -> bool {
    let owner = matches!(leaf.path.as_slice(), [field] if names.is_optional_owner(field));
    owner && leaf.always && !leaf.weak && *leaf.value == Value::Null
}

/// The key by which the client alone names a row that a way into another one leads to.
fn handed_on(
    project: &Project,
    call: &ClientCall,
    (row, path): (&RowOrigin, &[SmolStr]),
    facts: &Facts,
) -> Option<Key> {
    let writes = call.operation.is_write() && !call.operation.is_create();
    let beyond = || passed_beyond(project, row, path, facts).filter(|_| writes);
    passed_on(project, row, path, facts).or_else(beyond)
}

/// `userId: sent ?? who`: whoever sends another's key reaches the rows of that one.
fn overruling_key(
    names: &Names<'_>,
    call: &ClientCall,
    leaf: &Leaf<'_>,
    trust: &Trust,
) -> Option<Keyed> {
    let Value::OneOf(choices) = leaf.value else {
        return None;
    };
    if leaf.weak || !names.is_owner_key(&leaf.path) {
        return None;
    }
    Some(Keyed {
        field: leaf.path.join(".").into(),
        by_unique: names.is_unique(&leaf.path, call),
        key: overruled(choices, trust)?,
    })
}

/// `id: sent ?? own.id`: the row that the client names may be anybody's, whatever the other would be.
fn overruling_row(
    names: &Names<'_>,
    call: &ClientCall,
    leaf: &Leaf<'_>,
    trust: &Trust,
) -> Option<Key> {
    let Value::OneOf(choices) = leaf.value else {
        return None;
    };
    let one = names.is_unique(&leaf.path, call) || names.is_parent(&leaf.path);
    match one && !leaf.weak {
        true => overruled(choices, trust),
        false => None,
    }
}

/// Whether nothing but what rows have in common ties a query to a row of who asks.
#[must_use]
pub fn is_by_likeness(project: &Project, reached: &Reached<'_>, trust: &Trust) -> bool {
    let call = project.calls.get(reached.query.call);
    let filter = reached.query.arguments.first().and_then(filter_of);
    let Some(leaves) = filter.and_then(leaves) else {
        return false;
    };
    let (mut alike, mut tied) = (false, false);
    for leaf in &leaves {
        origins(leaf.value, &mut |origin| match origin {
            Origin::Row(row, path) if trust.is_row_in_scope(row) => {
                match is_content_of_row(project, row, &path.names()) && is_alike(project, call, row)
                {
                    true => alike = true,
                    false => tied = true,
                }
            }
            Origin::Identity(_) => tied = true,
            Origin::Client(key) => tied |= trust.holds(&key),
            _ => {}
        });
    }
    alike && !tied
}

/// Whether a query reads rows of the same kind as the row that a condition is taken from: what they
/// have in common with it says nothing of whose they are.
fn is_alike(project: &Project, call: &ClientCall, row: &RowOrigin) -> bool {
    !call.operation.is_write() && project.calls.get(row.call).model() == call.model()
}

/// What the keys that the client sent amount to, when nothing else of a filter says whose rows they are.
fn by_keys(
    names: &Names<'_>,
    call: &ClientCall,
    keyed: Vec<(&Leaf<'_>, Key)>,
    narrowed: bool,
) -> Verdict {
    let (mut from_owner, mut found) = (None, None);
    for (leaf, key) in keyed.into_iter().filter(|(leaf, _)| !leaf.weak) {
        let by_unique = names.is_unique(&leaf.path, call);
        let keyed = Keyed {
            field: leaf.path.join(".").into(),
            key,
            by_unique,
        };
        if names.is_owner_key(&leaf.path) {
            from_owner.get_or_insert_with(|| keyed.clone());
        }
        if by_unique || names.is_parent(&leaf.path) {
            found.get_or_insert(keyed);
        }
    }
    match (from_owner, found) {
        (None, _) if narrowed => Verdict::Unknown,
        (Some(keyed), _) => Verdict::OwnerFromClient(keyed),
        (None, Some(keyed)) => Verdict::ClientKeyOnly(keyed),
        (None, None) => Verdict::Unfiltered,
    }
}

/// The owner that the client names in a condition of which not all is known, where it is
/// sure that nothing of the rest can be who asks.
#[must_use]
pub fn owner_named(project: &Project, reached: &Reached<'_>, trust: &Trust) -> Option<Keyed> {
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let filter = filter_of(reached.query.arguments.first()?)?;
    let names = Names {
        project,
        model,
        declared: project.schemas.model(model),
    };
    let all = certain_leaves(filter);
    let changes = call.operation.is_write() && !call.operation.is_create();
    if all.iter().any(|leaf| opened_by(leaf, changes)) {
        return None;
    }
    all.iter().find_map(|leaf| {
        let mut sent = None;
        let mut other = !names.is_owner_key(&leaf.path);
        origins(leaf.value, &mut |origin| match origin {
            Origin::Client(key) if !trust.holds(&key) => sent = Some(key),
            _ => other = true,
        });
        sent.filter(|_| !other).map(|key| Keyed {
            field: leaf.path.join(".").into(),
            key,
            by_unique: false,
        })
    })
}

/// Whether what is written takes rows over: a key of `data` that is who asks. Of rows that have an owner
/// for sure, it is the owner's: who is to do something, or did it last, owns nothing by that.
#[must_use]
pub fn takes_over(project: &Project, model: ModelRef, arguments: &Value) -> bool {
    let data = arguments
        .as_object()
        .and_then(|object| object.entries.get("data"))
        .and_then(|entry| entry.value.as_object());
    let names = Names {
        project,
        model,
        declared: project.schemas.model(model),
    };
    data.is_some_and(|data| {
        let written = data.entries.iter();
        let mut owners =
            written.filter(|(name, _)| names.is_key_of_required_owner(name) && !says_who_did(name));
        owners.any(|(_, entry)| {
            let mut identity = false;
            origins(&entry.value, &mut |origin| {
                identity |= matches!(origin, Origin::Identity(_));
            });
            identity
        })
    })
}
