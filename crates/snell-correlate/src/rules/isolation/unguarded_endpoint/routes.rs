//! Routes that are made by hand and sign nobody in, where others beside them do.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;
use snell_extract::facts::Expression;
use snell_flow::scope::{Reached, Verdict, is_signed_in, verdict};
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
    module::ModuleId,
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{
    RULE,
    beside::proof::{any_on_the_way, is_by_secret, proves},
};
use crate::{
    functions,
    rule::Context,
    rules::isolation::{
        doors,
        entries::{Entry, entries},
        kinds,
        reach::{changes, escapes, is_blind, only_counts},
        survey::survey,
        tenant,
    },
};

/// So many handlers of an application ask who is there before one that does not is told.
const ENOUGH: usize = 3;

/// Words of code that may find out who asks.
const WHO: [&str; 14] = [
    "auth",
    "token",
    "session",
    "cookie",
    "secret",
    "apikey",
    "api_key",
    "signature",
    "currentuser",
    "getuser",
    "verif",
    "header",
    "permission",
    "bearer",
];

/// Words in the names of what is for everybody.
const OPEN: [&str; 16] = [
    "guest",
    "anonym",
    "cart",
    "checkout",
    "track",
    "contact",
    "feedback",
    "newsletter",
    "subscri",
    "form",
    "seed",
    "test",
    "demo",
    "dev",
    "health",
    "log",
];

/// Routes that sign nobody in, by their positions, each with one beside it that does.
#[derive(Default)]
pub(in crate::rules) struct LeftOpen(FxHashMap<usize, usize>);

impl LeftOpen {
    /// Whether the endpoint at a position is one of them.
    pub(in crate::rules) fn has(&self, endpoint: usize) -> bool {
        self.0.contains_key(&endpoint)
    }
}

/// All of them, found when the first rule asks.
pub(in crate::rules) fn left_open(context: &Context<'_>) -> Arc<LeftOpen> {
    context.shared.get_or_init(|| find(context))
}

fn find(context: &Context<'_>) -> LeftOpen {
    let entries = entries(context);
    // By the module of a router, and by the application of handlers that stand alone.
    let mut signing: BTreeMap<ModuleId, usize> = BTreeMap::new();
    let mut asking: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut silent: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &entries {
        let endpoint = entry.endpoint;
        if endpoint.kind != EndpointKind::Route {
            continue;
        }
        if endpoint.access.authenticated {
            signing.entry(endpoint.module).or_insert(entry.position);
        } else if endpoint.is_bare() && !is_page(endpoint) {
            let folder = application(context, endpoint);
            match asks_itself(entry) {
                true => asking.entry(folder).or_default().push(entry.position),
                false => *silent.entry(folder).or_default() += 1,
            }
        }
    }
    asking.retain(|folder, asking| {
        let silent = silent.get(folder).copied().unwrap_or_default();
        asking.len() >= ENOUGH && asking.len() > 2 * silent && !has_middleware(context, folder)
    });
    let beside = |entry: &Entry<'_>| match entry.endpoint.is_bare() {
        true => asking
            .get(application(context, entry.endpoint))
            .and_then(|asking| asking.first().copied()),
        false => signing.get(&entry.endpoint.module).copied(),
    };
    let open = entries.iter().filter(|entry| is_open(context, entry));
    LeftOpen(
        open.filter_map(|entry| Some((entry.position, beside(entry)?)))
            .collect(),
    )
}

/// Whether a route is reached without anybody signing in, and nothing that it runs may ask who is there.
fn is_open(context: &Context<'_>, entry: &Entry<'_>) -> bool {
    let endpoint = entry.endpoint;
    let access = &endpoint.access;
    let lower = endpoint.name.to_ascii_lowercase();
    endpoint.kind == EndpointKind::Route
        && (endpoint.is_of_router_alone() || endpoint.is_bare())
        && functions::is_application(context.project, endpoint.module)
        && !is_page(endpoint)
        && !access.authenticated
        && access.public.is_none()
        && !access.verified
        && !entry.walk.cut
        && !entry.walk.doubtful
        && !asks_itself(entry)
        && !entry.walk.mentions_identity
        && !doors::is_of_outside(endpoint)
        && !OPEN.iter().any(|word| lower.contains(word))
        && !entry.walk.queries.iter().any(|reached| {
            reached.facts.iter().any(proves)
                || is_by_secret(reached)
                || speaks_of_who(context, endpoint, reached)
        })
}

/// Whether a handler makes use of who is signed in.
fn asks_itself(entry: &Entry<'_>) -> bool {
    let mut queries = entry.walk.queries.iter();
    entry.walk.uses_identity
        || entry.walk.names_identity
        || queries.any(|reached| is_signed_in(&reached.facts))
}

fn is_page(endpoint: &Endpoint) -> bool {
    endpoint.name.starts_with("PAGE ")
}

/// Whether a function on the way to a query speaks of what may find out who asks.
fn speaks_of_who(context: &Context<'_>, endpoint: &Endpoint, reached: &Reached<'_>) -> bool {
    any_on_the_way(context, endpoint, reached, |_, expression, _| {
        let said = match expression {
            Expression::Member { property, .. } => &property.text,
            Expression::Identifier { name, .. } => name,
            Expression::String(text) => text,
            _ => return false,
        };
        let lower = said.to_ascii_lowercase();
        WHO.iter().any(|word| lower.contains(word))
    })
}

/// The folder of the application that a handler stands in.
fn application<'a>(context: &'a Context<'_>, endpoint: &Endpoint) -> &'a str {
    let path = context.project.modules.get(endpoint.module).path.as_str();
    let ends = ["src/", "app/", "pages/"];
    let end = ends.iter().filter_map(|word| {
        let inside = path.find(&format!("/{word}")).map(|at| at + 1);
        inside.or_else(|| path.starts_with(word).then_some(0))
    });
    end.min().map_or("", |end| &path[..end])
}

/// Whether a file of the application stands before all handlers: `middleware.ts`, `proxy.ts`.
fn has_middleware(context: &Context<'_>, folder: &str) -> bool {
    context.project.modules.iter().any(|(_, owner)| {
        let inside = owner.path.as_str().strip_prefix(folder);
        let name = inside.map(|inside| inside.strip_prefix("src/").unwrap_or(inside));
        name.is_some_and(|name| name.starts_with("middleware.") || name.starts_with("proxy."))
    })
}

/// What an open route does with rows that others are kept from, and where they are.
fn reaches<'e>(
    context: &Context<'_>,
    entry: &'e Entry<'_>,
) -> Option<(&'e Reached<'e>, ModelRef, CallId)> {
    let evidence = &survey(context).evidence;
    entry.walk.queries.iter().find_map(|reached| {
        let call = context.project.calls.get(reached.query.call);
        let model = call.model()?;
        let owned = tenant::is_room(context, model)
            || matches!(context.project.owners.of(model), Ownership::Owned(_));
        let trust = reached.trust();
        let keyed = matches!(
            verdict(context.project, reached, trust),
            Verdict::ClientKeyOnly(_) | Verdict::Unfiltered | Verdict::OwnerFromClient(_)
        );
        let counts = reached.query.arguments.first().is_some_and(only_counts);
        if !owned || !keyed || counts || !is_blind(reached, trust) {
            return None;
        }
        let guarded = if changes(call.operation) {
            evidence.guarded(model)?
        } else if call.operation.finds_rows()
            && escapes(entry, reached)
            && !kinds::is_for_all(context, model)
        {
            evidence.given_back(model)?
        } else {
            return None;
        };
        Some((reached, model, guarded))
    })
}

/// One finding for each query.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let open = left_open(context);
    let entries = entries(context);
    let mut told: Vec<CallId> = Vec::new();
    let mut found = Vec::new();
    for entry in &entries {
        let Some(beside) = open.0.get(&entry.position) else {
            continue;
        };
        let Some((reached, model, guarded)) = reaches(context, entry) else {
            continue;
        };
        if told.contains(&reached.query.call) {
            continue;
        }
        told.push(reached.query.call);
        let other = context.project.endpoints.get(*beside);
        found.push(finding(
            context,
            entry.endpoint,
            other,
            (reached, model, guarded),
        ));
    }
    found
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    other: &Endpoint,
    (reached, model, guarded): (&Reached<'_>, ModelRef, CallId),
) -> Diagnostic {
    let project = context.project;
    let place = |call: CallId| {
        let call = project.calls.get(call);
        project.modules.at(call.module, call.name.span)
    };
    let name = &project.schemas.model(model).name;
    let call = project.calls.get(reached.query.call);
    let does = match call.operation.is_write() {
        true => "changes",
        false => "returns",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        endpoint.at,
        format!(
            "`{}` {does} `{name}` rows without anybody signing in",
            endpoint.name
        ),
    )
    .label("nothing before it signs in, and it asks nothing itself")
    .related(place(reached.query.call), "the query")
    .related(other.at, "here somebody has to be signed in");
    if guarded != reached.query.call {
        found = found.example(
            place(guarded),
            format!("here `{name}` is kept to its owner"),
        );
    }
    if !call.operation.is_write()
        && !kinds::is_called_private(context, model)
        && !tenant::is_room(context, model)
    {
        found = found.lowered(Severity::Medium, "it may be meant for everybody");
    }
    found
        .confidence(Confidence::Likely)
        .help("put before it what signs in before the others, and keep the rows to who asks")
        .subject(format!("endpoint:{} route", endpoint.name))
}
