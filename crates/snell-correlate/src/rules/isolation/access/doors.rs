//! Endpoints that nobody, or every signed-in user, should have got into.

use snell_flow::{
    Fact, Value,
    scope::{Origin, Reached, Verdict, origins, verdict},
};
use snell_project::{
    endpoint::{Endpoint, EndpointKind, Given},
    ownership::{Ownership, RootKind},
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        kinds, people,
        reach::{changes, escapes, is_blind, only_counts},
        tenant,
    },
    support::{name_words::split, rights::holds_right},
};

/// Words in the names of endpoints that are there for those who have not
/// signed in yet, and for other systems.
const OUTSIDE: [&str; 25] = [
    "webhook",
    "hook",
    "callback",
    "auth",
    "login",
    "logout",
    "signin",
    "signup",
    "register",
    "oauth",
    "token",
    "refresh",
    "verify",
    "verification",
    "password",
    "reset",
    "health",
    "metrics",
    "public",
    "share",
    "embed",
    "invite",
    "invitation",
    "unsubscribe",
    "cron",
];

pub(in crate::rules::isolation) fn faults(
    context: &Context<'_>,
    entry: &Entry<'_>,
    entries: &[Entry<'_>],
    evidence: &Evidence,
) -> Option<Exposure> {
    let access = &entry.endpoint.access;
    let nothing_before = access.public.is_none()
        && access.restricted.is_empty()
        && access.unknown.is_empty()
        && !entry.walk.doubtful
        && !entry.endpoint.parameters.iter().any(|given| match given {
            Given::Unknown | Given::Other | Given::Request => true,
            // Whoever reads a header may ask who is there.
            given => given.may_prove(),
        })
        && !is_of_outside(entry.endpoint);
    if !nothing_before {
        return None;
    }
    if access.administrative && access.idle.is_empty() {
        return administrative(context, entry, entries);
    }
    if access.authenticated || entry.endpoint.parameters.contains(&Given::Identity) {
        return None;
    }
    unguarded(context, entry, entries, evidence)
}

/// Whether an endpoint is there for those who have not signed in, by its name,
/// and nothing before it asks anybody to.
pub(in crate::rules::isolation) fn is_outside(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    !access.authenticated
        && access.unknown.is_empty()
        && access.restricted.is_empty()
        && !endpoint.parameters.contains(&Given::Identity)
        && is_of_outside(endpoint)
}

/// So many of the last parts of an address say what an endpoint does; those before them, only where it is.
const LAST: usize = 2;

/// Whether its name says that an endpoint is there for those who have not signed in.
pub(in crate::rules::isolation) fn is_of_outside(endpoint: &Endpoint) -> bool {
    let lower = endpoint.name.to_ascii_lowercase();
    let parts = lower.rsplit('/').filter(|part| !part.starts_with(':'));
    let mut last = parts.take(LAST);
    last.any(|part| OUTSIDE.iter().any(|word| part.contains(word)))
}

/// Words in the names of endpoints that other systems call.
const SYSTEMS: [&str; 3] = ["webhook", "hook", "cron"];

/// Words in the names of what a client sends to prove who it is.
const PROOFS: [&str; 6] = ["token", "secret", "signature", "hmac", "apikey", "password"];

/// Whether it is another system that an endpoint without a sign-in answers, by its name or by a
/// secret that it compares: what it gives back is not there for everybody to see.
pub(in crate::rules::isolation) fn is_for_systems(
    entry: &Entry<'_>,
    reached: &Reached<'_>,
) -> bool {
    let name = entry.endpoint.name.to_ascii_lowercase();
    entry.endpoint.access.verified
        || entry.endpoint.parameters.iter().any(Given::may_prove)
        || SYSTEMS.iter().any(|word| name.contains(word))
        || reached.facts.iter().any(proves)
        || is_by_proof(reached)
}

/// Whether a row is looked up by what only those know who were told: the token of a link.
fn is_by_proof(reached: &Reached<'_>) -> bool {
    let arguments = reached.query.arguments.first();
    let filter = arguments.and_then(|arguments| arguments.as_object()?.entries.get("where"));
    let columns = filter.and_then(|filter| filter.value.as_object());
    columns.is_some_and(|columns| {
        let mut entries = columns.entries.iter();
        entries.any(|(name, entry)| is_proof(name) || is_of_proved(&entry.value))
    })
}

fn is_proof(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    PROOFS.iter().any(|word| lower.contains(word))
}

/// Whether a value comes from a row that was looked up by such a token.
fn is_of_proved(value: &Value) -> bool {
    let mut found = false;
    origins(value, &mut |origin| {
        if let Origin::Row(row, _) = origin {
            let filter = row
                .arguments
                .as_object()
                .and_then(|arguments| arguments.entries.get("where"));
            let columns = filter.and_then(|filter| filter.value.as_object());
            found |=
                columns.is_some_and(|columns| columns.entries.keys().any(|name| is_proof(name)));
        }
    });
    found
}

/// Whether something that the client sent as a proof is compared with what it does not send.
fn proves(fact: &Fact) -> bool {
    let Fact::Equal(a, b) = fact else {
        return false;
    };
    let sent = |value: &Value| {
        let (mut proof, mut other) = (false, false);
        origins(value, &mut |origin| match origin {
            Origin::Client(key) => {
                let last = key.path.last().map(|name| name.to_ascii_lowercase());
                let said = last.is_some_and(|name| PROOFS.iter().any(|word| name.contains(word)));
                proof |= said;
                other |= !said;
            }
            _ => other = true,
        });
        (proof, proof && !other)
    };
    let ((a_any, a_all), (b_any, b_all)) = (sent(a), sent(b));
    a_all && !b_any || b_all && !a_any
}

/// Whether nobody but administrators signs in: the only people of each schema are called so.
fn all_are_administrators(context: &Context<'_>) -> bool {
    let project = context.project;
    let people: Vec<&str> = project
        .schemas
        .iter()
        .flat_map(|(id, schema)| {
            let roots = project.owners.graph(id).roots().iter();
            let people = roots.filter(|root| root.kind == RootKind::Identity);
            people.map(|root| schema.datamodel[root.model].name.as_str())
        })
        .collect();
    let administers = |name: &&str| split(name).iter().any(|word| word.starts_with("admin"));
    !people.is_empty() && people.iter().all(administers)
}

/// Whether some of those who sign in administer what the others use, as a column or a relation of theirs says, and
/// the others have endpoints of their own.
fn some_administer(context: &Context<'_>, entries: &[Entry<'_>]) -> bool {
    let mut models = context.project.schemas.models();
    let holds = models.any(|(model, _, declared)| {
        people::is_identity(context, model)
            && declared.fields.iter().any(|field| holds_right(&field.name))
    });
    let for_others = |entry: &Entry<'_>| {
        let access = &entry.endpoint.access;
        !access.administrative && (access.authenticated || entry.is_about_who_asks())
    };
    holds && entries.iter().any(for_others)
}

/// An administrator's endpoint without a role, where others ask for one, or where people have roles and nobody asks.
fn administrative(
    context: &Context<'_>,
    entry: &Entry<'_>,
    entries: &[Entry<'_>],
) -> Option<Exposure> {
    if all_are_administrators(context) {
        return None;
    }
    let others_ask = entries.iter().any(|other| {
        other.endpoint.access.administrative && !other.endpoint.access.restricted.is_empty()
    });
    if !others_ask && !some_administer(context, entries) {
        return None;
    }
    let is_write =
        |reached: &Reached<'_>| changes(context.project.calls.get(reached.query.call).operation);
    let queries = &entry.walk.queries;
    // A change says more of what is open than a row that is read before it.
    let writes = queries.iter().filter(|reached| is_write(reached));
    let reads_first = queries.iter().filter(|reached| !is_write(reached));
    let reached = writes.chain(reads_first).find(|reached| {
        let call = context.project.calls.get(reached.query.call);
        let trust = reached.trust();
        let used = changes(call.operation) && is_blind(reached, trust)
            || call.operation.finds_rows() && escapes(entry, reached);
        // What belongs to who asks is theirs, whatever the path says.
        used && !matches!(
            verdict(context.project, reached, trust),
            Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
        )
    })?;
    let shown_at = (!is_write(reached)).then(|| {
        let mut others = entries.iter();
        others.find(|other| {
            let access = &other.endpoint.access;
            let mut run = other.walk.queries.iter();
            !access.administrative
                && access.restricted.is_empty()
                && run.any(|one| one.query.call == reached.query.call)
        })
    });
    Some(Exposure {
        shown_at: shown_at.flatten().map(|other| other.position),
        presumed: !others_ask,
        ..Exposure::of(
            entry,
            reached,
            context.project.calls.get(reached.query.call).model()?,
            Fault::Administrative,
        )
    })
}

/// An endpoint without a guard that changes or gives back what other
/// endpoints keep to its owner.
fn unguarded(
    context: &Context<'_>,
    entry: &Entry<'_>,
    entries: &[Entry<'_>],
    evidence: &Evidence,
) -> Option<Exposure> {
    let kind = entry.endpoint.kind;
    let guards = entries
        .iter()
        .any(|other| other.endpoint.access.authenticated && other.endpoint.kind == kind);
    if !guards || kind == EndpointKind::Message {
        return None;
    }
    let (reached, guarded) = entry.walk.queries.iter().find_map(|reached| {
        let call = context.project.calls.get(reached.query.call);
        let model = call.model()?;
        let room = tenant::is_room(context, model);
        if !room && !matches!(context.project.owners.of(model), Ownership::Owned(_)) {
            return None;
        }
        let trust = reached.trust();
        let verdict = verdict(context.project, reached, trust);
        let keyed = matches!(
            verdict,
            Verdict::ClientKeyOnly(_) | Verdict::Unfiltered | Verdict::OwnerFromClient(_)
        );
        if !keyed || !is_blind(reached, trust) {
            return None;
        }
        if changes(call.operation) {
            // How often a page was looked at, whoever looks counts.
            let looked_at = entry.endpoint.name.starts_with("GET ")
                && reached.query.arguments.first().is_some_and(only_counts);
            return (!looked_at)
                .then(|| evidence.guarded(model))
                .flatten()
                .map(|guarded| (reached, guarded));
        }
        if kinds::is_for_all(context, model) {
            return None;
        }
        (call.operation.finds_rows() && escapes(entry, reached))
            .then(|| {
                let shared = || match &verdict {
                    Verdict::ClientKeyOnly(keyed) => evidence.shared(context, model, keyed),
                    _ => None,
                };
                evidence.given_back(model).or_else(shared)
            })
            .flatten()
            .map(|guarded| (reached, guarded))
    })?;
    Some(Exposure {
        guarded: Some(guarded),
        ..Exposure::of(
            entry,
            reached,
            context.project.calls.get(reached.query.call).model()?,
            Fault::Unguarded,
        )
    })
}

/// Whether somebody has to sign in, or to have a right, at an endpoint.
pub(in crate::rules::isolation) fn is_guarded(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    access.public.is_none() && (access.authenticated || !access.restricted.is_empty())
}

/// Whether it is known that nothing stands before an endpoint, and that it asks nothing itself.
pub(in crate::rules::isolation) fn nothing_before(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    access.unknown.is_empty()
        && !access.may_read
        && !access.administrative
        && !endpoint.parameters.iter().any(|given| match given {
            Given::Unknown | Given::Request => true,
            given => given.may_prove(),
        })
}
