//! Applications in which nothing asks who calls, and the client says as whom it acts.

use std::collections::BTreeMap;

use snell_flow::scope::{Keyed, Verdict, Walked, verdict};
use snell_project::{client::CallId, endpoint::Endpoint, ownership::Ownership, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use crate::{
    rule::Context,
    rules::isolation::{
        doors::is_of_outside,
        people,
        reach::{changes, is_blind_of_rows, only_counts},
        unguarded_endpoint::RULE,
    },
    support::queries::operation_at,
};

/// Fewer endpoints than these may be there for something else.
const ENOUGH: usize = 3;

/// So many models belong to people at least: an application that keeps something of each.
const BELONGINGS: usize = 2;

/// Further endpoints that a finding shows.
const MOST: usize = 3;

/// What one endpoint changes of whomever the client names.
pub(super) struct Named<'a> {
    /// Its position in the project's.
    position: usize,
    endpoint: &'a Endpoint,
    call: CallId,
    /// The model whose rows they are.
    model: ModelRef,
    /// The person themselves.
    person: bool,
    keyed: Keyed,
}

/// Whether an endpoint is there for other systems, or for those who are not signed in yet.
pub(super) fn is_of_others(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    let asked = access.authenticated || !access.restricted.is_empty();
    !asked && (access.verified || access.internal || is_of_outside(endpoint))
}

/// What an endpoint changes that belongs to a person whom the client names, or that person.
pub(super) fn named<'a>(context: &Context<'a>, walked: &Walked<'_>) -> Option<Named<'a>> {
    let (position, walk) = (walked.endpoint, &walked.walk);
    let endpoint = context.project.endpoints.get(position);
    if walk.cut || is_of_others(endpoint) {
        return None;
    }
    let project = context.project;
    let all = walk.queries.iter().filter_map(|reached| {
        let call = project.calls.get(reached.query.call);
        let model = call.model().filter(|_| changes(call.operation))?;
        let trust = reached.trust();
        let counts = reached.query.arguments.first().is_some_and(only_counts);
        if counts || !is_blind_of_rows(reached, trust) {
            return None;
        }
        let person = people::is_identity(context, model);
        let keyed = match verdict(project, reached, trust) {
            Verdict::ClientKeyOnly(keyed) if person && keyed.by_unique => keyed,
            Verdict::OwnerFromClient(keyed) => keyed,
            _ => return None,
        };
        Some(Named {
            position,
            endpoint,
            call: reached.query.call,
            model,
            person,
            keyed,
        })
    });
    all.max_by_key(|one| one.person)
}

/// One finding for an application.
pub(super) fn finding(
    context: &Context<'_>,
    folder: &str,
    named: &[Named<'_>],
) -> Option<Diagnostic> {
    // At the person themselves it is plainest.
    let first = named.iter().max_by_key(|one| one.person)?;
    if named.len() < ENOUGH || belongings(context) < BELONGINGS {
        return None;
    }
    let project = context.project;
    let model = &project.schemas.model(first.model).name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        operation_at(context, project.calls.get(first.call)),
        format!(
            "no endpoint asks who calls: `{}` changes {} that the client names, and {} more change what is theirs",
            first.endpoint.name,
            match first.person {
                true => format!("the `{model}`"),
                false => format!("the `{model}` rows of the person"),
            },
            named.len() - 1,
        ),
    )
    .label(format!("`{}` is all that says whose it is", first.keyed.key.text()))
    .related(first.endpoint.at, "nothing stands before it");
    let mut others: BTreeMap<&str, &Named<'_>> = BTreeMap::new();
    for other in named
        .iter()
        .filter(|one| one.endpoint.name != first.endpoint.name)
    {
        others.entry(&other.endpoint.name).or_insert(other);
    }
    for (name, other) in others.into_iter().take(MOST) {
        let of = &project.schemas.model(other.model).name;
        found = found.related(
            other.endpoint.at,
            format!("nor before `{name}`, which changes `{of}`"),
        );
    }
    // That there is a client for people says that the application is one for them.
    let sent = sent(context, named);
    if let Some(sent) = sent {
        found = found.related(sent, "a client sends it from here");
    }
    let mut found = found
        .note("whoever reaches the application acts as anybody, unless something before it (a proxy, a private network) keeps others out")
        .help("sign people in: a guard before all endpoints that verifies a token or a session, and take whose rows are meant from that, not from what the client sends")
        .confidence(Confidence::Likely)
        .subject(format!("application:{folder} nobody"));
    if sent.is_some() && first.person {
        found.severity = Severity::Critical;
    }
    Some(found)
}

/// Where a client in the workspace asks for one of these.
fn sent(context: &Context<'_>, named: &[Named<'_>]) -> Option<Location> {
    let front = &context.project.front;
    let request = front.requests.iter().find(|request| {
        let to = |one: &Named<'_>| {
            let route = request.route.as_ref();
            route.is_some_and(|route| route.endpoint == one.position)
        };
        named.iter().any(to)
    })?;
    Some(front.modules.location(request.at))
}

/// How many models belong to people, each row to one.
fn belongings(context: &Context<'_>) -> usize {
    let project = context.project;
    let of_person = |model: ModelRef| match project.owners.of(model) {
        Ownership::Owned(chains) => chains.iter().any(|chain| {
            let root = ModelRef {
                schema: model.schema,
                model: chain.root,
            };
            chain.required && people::is_identity(context, root)
        }),
        _ => false,
    };
    let models = project.schemas.models();
    models.filter(|(model, _, _)| of_person(*model)).count()
}
