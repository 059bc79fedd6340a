//! Endpoints that change something without a guard, where those beside them have one: whosever
//! the rows are.

pub(super) mod proof;
mod telling;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_flow::scope::{Reached, Walk};
use snell_prisma::Field;
use snell_project::{
    client::Operation,
    endpoint::{Endpoint, EndpointKind, Given},
    module::ClassRef,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::Diagnostic;

use self::{
    proof::{asks_on_the_way, is_by_secret, proves},
    telling::{of_class, of_method},
};
use crate::{
    functions,
    rule::Context,
    rules::isolation::{
        doors::{self, is_guarded, nothing_before},
        reach::changes,
        unguarded_endpoint::personal::is_between_few,
    },
};

/// Words in the names of endpoints that are for everybody: forms, counters, what runs once.
const FORMS: [&str; 37] = [
    "sign",
    "session",
    "refresh",
    "otp",
    "contact",
    "feedback",
    "newsletter",
    "subscri",
    "lead",
    "form",
    "track",
    "analytic",
    "view",
    "click",
    "visit",
    "search",
    "checkout",
    "pay",
    "waitlist",
    "survey",
    "vote",
    "rsvp",
    "book",
    "order",
    "quote",
    "apply",
    "application",
    "seed",
    "setup",
    "init",
    "install",
    "test",
    "dev",
    "sync",
    "internal",
    "log",
    "guest",
];

/// Words in the names of columns that hold what somebody signs in with.
const PASSWORDS: [&str; 3] = ["password", "passwd", "pwd"];

/// A write of an endpoint that nobody guards.
struct Open<'a> {
    endpoint: &'a Endpoint,
    reached: &'a Reached<'a>,
    model: ModelRef,
}

/// What a class holds.
#[derive(Default)]
struct Beside<'a> {
    guarded: Vec<&'a Endpoint>,
    /// Changes of endpoints without a guard.
    open: Vec<Open<'a>>,
    /// Some endpoint is not known to be the one or the other.
    doubtful: bool,
}

pub(super) fn findings(context: &Context<'_>, told: &FxHashSet<usize>) -> Vec<Diagnostic> {
    let mut classes: BTreeMap<ClassRef, Beside<'_>> = BTreeMap::new();
    // Where somebody is handed over and no guard is seen, one stands before all that is not.
    let mut hidden: FxHashSet<&str> = FxHashSet::default();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let judged = matches!(
            endpoint.kind,
            EndpointKind::Http | EndpointKind::Query | EndpointKind::Mutation
        ) && functions::is_application(context.project, endpoint.module);
        let Some(class) = endpoint.class.filter(|_| judged) else {
            continue;
        };
        let beside = classes.entry(class).or_default();
        if is_guarded(endpoint) {
            beside.guarded.push(endpoint);
        } else if endpoint.parameters.contains(&Given::Identity) {
            hidden.insert(application(context, class));
        } else if !nothing_before(endpoint) {
            beside.doubtful = true;
        } else if !told.contains(&entered.endpoint) && is_for_users(endpoint) {
            beside.open.extend(write(context, endpoint, &entered.walk));
        }
    }
    let mut found = Vec::new();
    for (class, beside) in &classes {
        if hidden.contains(application(context, *class)) {
            continue;
        }
        if beside.guarded.is_empty() {
            found.extend(of_class(context, &classes, *class, beside));
        } else {
            found.extend(
                beside
                    .open
                    .iter()
                    .map(|open| of_method(context, open, beside)),
            );
        }
    }
    found
}

/// Whether an endpoint changes something, and its name does not say that it is for everybody.
fn is_for_users(endpoint: &Endpoint) -> bool {
    let lower = endpoint.name.to_ascii_lowercase();
    let changes = endpoint.kind == EndpointKind::Mutation
        || ["POST ", "PUT ", "PATCH ", "DELETE "]
            .iter()
            .any(|verb| endpoint.name.starts_with(verb));
    changes
        && endpoint.access.public.is_none()
        && !endpoint.access.verified
        && !doors::is_of_outside(endpoint)
        && !FORMS.iter().any(|word| lower.contains(word))
        && !lower
            .rsplit('/')
            .next()
            .is_some_and(|last| matches!(last, "event" | "events"))
}

/// The worst write of an endpoint that everybody can let run.
fn write<'a>(
    context: &Context<'a>,
    endpoint: &'a Endpoint,
    walk: &'a Walk<'a>,
) -> Option<Open<'a>> {
    if walk.cut || walk.doubtful {
        return None;
    }
    let mut writes: Vec<Open<'a>> = Vec::new();
    for reached in &walk.queries {
        if reached.facts.iter().any(proves)
            || is_by_secret(reached)
            || asks_on_the_way(context, endpoint, reached)
        {
            return None;
        }
        let call = context.project.calls.get(reached.query.call);
        let Some(model) = call.model() else { continue };
        let new = call.operation.is_create();
        // Whoever registers makes a row of theirs.
        if new && is_people(context, model) {
            return None;
        }
        if new || changes(call.operation) {
            writes.push(Open {
                endpoint,
                reached,
                model,
            });
        }
    }
    writes.into_iter().max_by_key(|open| {
        (
            weight(context, open),
            std::cmp::Reverse(open.reached.query.call),
        )
    })
}

fn weight(context: &Context<'_>, open: &Open<'_>) -> u8 {
    let call = context.project.calls.get(open.reached.query.call);
    let people = is_people(context, open.model);
    match call.operation {
        operation if operation.is_create() => 0,
        Operation::Delete | Operation::DeleteMany if people => 3,
        _ if people || is_between_few(context, open.model) => 2,
        _ => 1,
    }
}

/// Whether rows of a model are people who sign in.
fn is_people(context: &Context<'_>, model: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    let password = |field: &Field| {
        let lower = field.name.to_ascii_lowercase();
        PASSWORDS.iter().any(|word| lower.contains(word))
    };
    *context.project.owners.of(model) == Ownership::Root(RootKind::Identity)
        || declared.columns().any(password)
}

/// The folder of the application of a class: up to `src`.
pub(super) fn application<'a>(context: &'a Context<'_>, class: ClassRef) -> &'a str {
    let path = context.project.modules.get(class.module).path.as_str();
    path.rfind("src/").map_or("", |end| &path[..end])
}
