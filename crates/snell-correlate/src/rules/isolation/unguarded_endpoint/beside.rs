//! Endpoints that change something without a guard, where those beside them have one: whosever
//! the rows are.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::Expression;
use snell_flow::{
    Fact,
    scope::{Origin, Reached, Walk, origins},
};
use snell_prisma::Field;
use snell_project::{
    client::Operation,
    endpoint::{Endpoint, EndpointKind, Given},
    module::{ClassRef, In},
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    rules::isolation::{doors, reach::changes},
};

/// Words in the names of endpoints that are for everybody: forms, counters, what runs once.
const FORMS: [&str; 38] = [
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
    "event",
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

/// Words in the names of what only those know who were told.
const SECRETS: [&str; 9] = [
    "token",
    "code",
    "secret",
    "hash",
    "signature",
    "otp",
    "key",
    "pass",
    "invit",
];

/// Words in the names of calls that ask who somebody is.
const ASKS: [&str; 8] = [
    "verif",
    "decrypt",
    "authoriz",
    "authenticat",
    "permission",
    "apikey",
    "signature",
    "session",
];

/// Words in the names of columns that hold what somebody signs in with.
const PASSWORDS: [&str; 3] = ["password", "passwd", "pwd"];

/// So many controllers have to have guards before the one that has none is told.
const ENOUGH: usize = 3;

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

fn is_guarded(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    access.public.is_none() && (access.authenticated || !access.restricted.is_empty())
}

/// Whether it is known that nothing stands before an endpoint, and that it asks nothing itself.
fn nothing_before(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    access.unknown.is_empty()
        && !access.may_read
        && !access.administrative
        && !endpoint.parameters.iter().any(|given| match given {
            Given::Unknown | Given::Request => true,
            Given::Client(part, _) => part == "Headers",
            _ => false,
        })
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
        _ if people => 2,
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

/// Whether a fact may be a proof of who asks: what the client sent, compared with what it was not
/// told, or something that was found out by a call that is not followed.
fn proves(fact: &Fact) -> bool {
    let sides = |a, b| {
        let (mut client, mut other) = (false, false);
        for value in [a, b] {
            origins(value, &mut |origin| match origin {
                Origin::Client(_) => client = true,
                Origin::Constant => {}
                _ => other = true,
            });
        }
        client && other
    };
    match fact {
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => sides(a, b),
        Fact::OneOf(groups) => groups.iter().flat_map(|group| group.iter()).any(proves),
        Fact::Truthy(value) | Fact::Falsy(value) => {
            let mut found = false;
            origins(value, &mut |origin| {
                found |= matches!(origin, Origin::Result(_) | Origin::Identity(_));
            });
            found
        }
    }
}

/// Whether a function on the way to a query calls what says in its name that it asks who
/// somebody is.
fn asks_on_the_way(context: &Context<'_>, endpoint: &Endpoint, reached: &Reached<'_>) -> bool {
    let modules = &context.project.modules;
    let call = context.project.calls.get(reached.query.call);
    let query = In {
        module: call.module,
        id: call.expression,
    };
    let around = reached.trail.iter().copied().chain([query]);
    let around = around.filter_map(|at| {
        let id = modules.get(at.module).context.function(at.id)?;
        Some(In {
            module: at.module,
            id,
        })
    });
    around.chain([endpoint.handler]).any(|function| {
        let facts = modules.facts(function.module);
        let span = facts.function(function.id).span;
        facts.expressions.iter().any(|node| {
            let Expression::Call { callee, .. } = &node.kind else {
                return false;
            };
            let name = match facts.expression(*callee) {
                Expression::Member { property, .. } => &property.text,
                Expression::Identifier { name, .. } => name,
                _ => return false,
            };
            let lower = name.to_ascii_lowercase();
            span.contains(node.span) && ASKS.iter().any(|word| lower.contains(word))
        })
    })
}

/// Whether a row is looked up by what only those know who were told.
fn is_by_secret(reached: &Reached<'_>) -> bool {
    let secret = |name: &str| {
        let lower = name.to_ascii_lowercase();
        SECRETS.iter().any(|word| lower.contains(word))
    };
    let filter = reached
        .query
        .arguments
        .first()
        .and_then(|arguments| arguments.as_object()?.entries.get("where"));
    filter.is_some_and(|filter| {
        let mut found = filter
            .value
            .as_object()
            .is_some_and(|columns| columns.entries.keys().any(|name| secret(name)));
        origins(&filter.value, &mut |origin| {
            if let Origin::Client(key) = origin {
                found |= key.path.last().is_some_and(|name| secret(name));
            }
        });
        found
    })
}

/// One that others of its class show to be without a guard.
fn of_method(context: &Context<'_>, open: &Open<'_>, beside: &Beside<'_>) -> Diagnostic {
    let (what, title) = said(context, open);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        open.endpoint.at,
        format!("`{}` {what} without anybody signing in", open.endpoint.name),
    )
    .label("no guard stands before it");
    if let Some(other) = beside.guarded.first() {
        found = found.related(other.at, "one stands before this one of the same class");
    }
    let call = context.project.calls.get(open.reached.query.call);
    found = found.related(
        context.project.modules.at(call.module, call.name.span),
        "what it lets run",
    );
    found = match weight(context, open) {
        2.. => found,
        0 => found.lowered(
            Severity::Low,
            "a new row alone: it may be there for everybody",
        ),
        1 => found.lowered(
            Severity::Medium,
            "nothing says that the rows are kept to some: it may be meant for everybody",
        ),
    };
    found
        .confidence(Confidence::Likely)
        .help("put the guard of the others before it, or mark it as public")
        .subject(format!("endpoint:{} query:{title}", open.endpoint.name))
}

/// A class without any guard, where most others have them.
fn of_class(
    context: &Context<'_>,
    classes: &BTreeMap<ClassRef, Beside<'_>>,
    class: ClassRef,
    beside: &Beside<'_>,
) -> Option<Diagnostic> {
    if beside.open.is_empty() || beside.doubtful {
        return None;
    }
    let folder = application(context, class);
    let others = classes
        .iter()
        .filter(|(other, _)| **other != class && application(context, **other) == folder);
    let (mut with, mut without) = (0, 0);
    for (_, other) in others {
        match (other.guarded.is_empty(), other.open.is_empty()) {
            (false, true) => with += 1,
            (true, false) => without += 1,
            _ => {}
        }
    }
    if with < ENOUGH || with < 3 * (without + 1) / 2 {
        return None;
    }
    let worst = beside
        .open
        .iter()
        .max_by_key(|open| weight(context, open))?;
    let (what, title) = said(context, worst);
    let more = match beside.open.len() {
        1 => String::new(),
        n => format!(", and {} more of its class change rows", n - 1),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        worst.endpoint.at,
        format!(
            "`{}` {what} without anybody signing in{more}",
            worst.endpoint.name
        ),
    )
    .label("no guard stands before it, its class or the application");
    for open in beside
        .open
        .iter()
        .filter(|open| !std::ptr::eq(*open, worst))
        .take(3)
    {
        found = found.related(open.endpoint.at, "nor before this one");
    }
    found = match weight(context, worst) {
        2.. => found,
        _ => found.lowered(
            Severity::Medium,
            "nothing says that the rows are kept to some: the class may be meant for everybody",
        ),
    };
    Some(
        found
            .note(format!(
                "{with} other controllers of the application have a guard before everything that changes rows"
            ))
            .confidence(Confidence::Likely)
            .help("put the guard of the other controllers before the class, or mark what is public")
            .subject(format!("endpoint:{} query:{title}", worst.endpoint.name)),
    )
}

/// What a write does, for messages.
fn said(context: &Context<'_>, open: &Open<'_>) -> (String, SmolStr) {
    let call = context.project.calls.get(open.reached.query.call);
    let declared = context.project.schemas.model(open.model);
    let does = match call.operation {
        operation if operation.is_create() => "makes rows",
        Operation::Delete | Operation::DeleteMany => "removes rows",
        _ => "changes rows",
    };
    (
        format!("{does} of `{}`", declared.name),
        smol_str::format_smolstr!("{}.{}", declared.accessor, call.name.text),
    )
}

/// The folder of the application of a class: up to `src`.
fn application<'a>(context: &'a Context<'_>, class: ClassRef) -> &'a str {
    let path = context.project.modules.get(class.module).path.as_str();
    path.rfind("src/").map_or("", |end| &path[..end])
}
