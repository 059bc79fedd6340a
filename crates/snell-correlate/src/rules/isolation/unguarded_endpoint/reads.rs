//! Endpoints without a guard that give back rows of people, where those beside them have one.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_flow::scope::{Reached, Verdict, verdict};
use snell_project::{
    endpoint::{Endpoint, EndpointKind, Given},
    module::ClassRef,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{
    RULE,
    beside::{
        application,
        proof::{asks_on_the_way, is_by_secret, proves},
    },
    personal::{Personal, is_person, personal},
};
use crate::{
    functions,
    rule::Context,
    rules::{
        isolation::{
            doors::{self, is_guarded, nothing_before},
            entries::{Entry, entries},
            published,
            reach::escapes,
            survey::survey,
        },
        security::sensitive_field_exposed::{shapes_all_responses, shapes_response},
    },
};

/// So many controllers have to have guards before one that has none is told.
const ENOUGH: usize = 3;
/// Columns that a finding names.
const NAMED: usize = 4;

/// What stands before the endpoints of a class.
#[derive(Default)]
struct Doors<'a> {
    guarded: Vec<&'a Endpoint>,
    doubtful: bool,
}

pub(super) fn findings(context: &Context<'_>, told: &FxHashSet<usize>) -> Vec<Diagnostic> {
    let entries = entries(context);
    let mut classes: BTreeMap<ClassRef, Doors<'_>> = BTreeMap::new();
    let mut hidden: FxHashSet<&str> = FxHashSet::default();
    for entry in &entries {
        let Some(class) = class(context, entry) else {
            continue;
        };
        let doors = classes.entry(class).or_default();
        if is_guarded(entry.endpoint) {
            doors.guarded.push(entry.endpoint);
        } else if entry.endpoint.parameters.contains(&Given::Identity)
            // A guard that lets everybody in says who asks where somebody is signed in.
            && entry.endpoint.access.public.is_none()
        {
            hidden.insert(application(context, class));
        } else if !nothing_before(entry.endpoint) {
            doors.doubtful = true;
        }
    }
    let shaped = shapes_all_responses(context);
    let mut found = Vec::new();
    for entry in &entries {
        let Some(class) = class(context, entry) else {
            continue;
        };
        let over_http = entry.endpoint.kind == EndpointKind::Http;
        if told.contains(&entry.position)
            || hidden.contains(application(context, class))
            || !is_read(entry)
            || over_http && (shaped || shapes_response(context, entry.endpoint))
        {
            continue;
        }
        let beside = classes.get(&class).and_then(|doors| doors.guarded.first());
        if beside.is_none() && !stands_alone(context, &classes, class) {
            continue;
        }
        let given = entry.walk.queries.iter().find_map(|reached| {
            let model = context.project.calls.get(reached.query.call).model()?;
            let what = open(context, entry, reached, model)?;
            Some((reached, model, what))
        });
        if let Some(given) = given {
            found.extend(finding(context, entry, &given, beside.copied()));
        }
    }
    found
}

/// The class of an endpoint that is judged.
fn class(context: &Context<'_>, entry: &Entry<'_>) -> Option<ClassRef> {
    let endpoint = entry.endpoint;
    let judged = matches!(
        endpoint.kind,
        EndpointKind::Http | EndpointKind::Query | EndpointKind::Mutation
    ) && functions::is_application(context.project, endpoint.module);
    endpoint.class.filter(|_| judged)
}

/// Whether an endpoint reads, nothing stands before it, and its name does not say that it is there
/// for those who have not signed in.
fn is_read(entry: &Entry<'_>) -> bool {
    let endpoint = entry.endpoint;
    let reads = endpoint.kind == EndpointKind::Query || endpoint.name.starts_with("GET ");
    reads
        && !is_guarded(endpoint)
        && endpoint.access.public.is_none()
        && !endpoint.access.verified
        && nothing_before(endpoint)
        && !doors::is_of_outside(endpoint)
        && !entry.walk.cut
        && !entry.walk.doubtful
}

/// Whether most other classes of the application have guards.
fn stands_alone(
    context: &Context<'_>,
    classes: &BTreeMap<ClassRef, Doors<'_>>,
    class: ClassRef,
) -> bool {
    let folder = application(context, class);
    if classes.get(&class).is_none_or(|doors| doors.doubtful) {
        return false;
    }
    let others = classes
        .iter()
        .filter(|(other, _)| **other != class && application(context, **other) == folder);
    let (with, without): (Vec<_>, Vec<_>) =
        others.partition(|(_, doors)| !doors.guarded.is_empty());
    with.len() >= ENOUGH && with.len() > 2 * without.len()
}

/// What is personal in the rows of a query that everybody is given, whosever they are.
fn open(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> Option<Personal> {
    let call = context.project.calls.get(reached.query.call);
    let kept = matches!(
        verdict(context.project, reached, reached.trust()),
        Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
    );
    if kept
        || !call.operation.finds_rows()
        || !escapes(entry, reached)
        || reached.facts.iter().any(proves)
        || is_by_secret(reached)
        || asks_on_the_way(context, entry.endpoint, reached)
        || published::shows(context, reached, model)
        // Who signs in is given their own row: that shows nobody the rows of others.
        || !is_person(context, model) && survey(context).evidence.is_open(model)
    {
        return None;
    }
    personal(context, entry, reached, model)
}

fn finding(
    context: &Context<'_>,
    entry: &Entry<'_>,
    (reached, model, what): &(&Reached<'_>, ModelRef, Personal),
    beside: Option<&Endpoint>,
) -> Option<Diagnostic> {
    let project = context.project;
    let endpoint = entry.endpoint;
    let call = project.calls.get(reached.query.call);
    let declared = project.schemas.model(*model);
    if beside.is_none() && what.named {
        return None;
    }
    let mut found = Diagnostic::at(
        &RULE.metadata,
        endpoint.at,
        format!(
            "`{}` gives rows of `{}` to everybody: nobody has to sign in",
            endpoint.name, declared.name
        ),
    )
    .label("no guard stands before it");
    found = match beside {
        Some(other) => found.example(other.at, "one stands before this one of the same class"),
        None => found.lowered(
            Severity::Medium,
            "most other controllers have guards, this one has none: it may be meant for everybody",
        ),
    };
    found = found.related(
        project.modules.at(call.module, call.name.span),
        "what it gives back",
    );
    if what.named {
        found = found.lowered(
            Severity::Medium,
            "the columns are named one by one: somebody may have chosen what everybody sees",
        );
    }
    if !what.columns.is_empty() {
        let listed: Vec<String> = what
            .columns
            .iter()
            .take(NAMED)
            .map(|one| format!("`{one}`"))
            .collect();
        found = found.note(format!("everybody is given {}", listed.join(", ")));
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("put the guard of the others before it and ask whose the rows are, or select what everybody may see")
            .subject(format!(
                "endpoint:{} query:{}.{}",
                endpoint.name, declared.accessor, call.name.text
            )),
    )
}
