//! Endpoints that are marked as open to everybody, and change the row that the client names: that it is for
//! another system, nobody asks.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use snell_flow::{
    Value,
    scope::{Leaf, Origin, Reached, leaves, opens, origins, takes_over},
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::{Endpoint, EndpointKind, Given},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    rules::isolation::{
        doors,
        entries::{Entry, entries},
        reach::{changes, is_blind, only_counts},
        survey::survey,
    },
};

/// Words in the names of what is open on purpose to those who have no account.
const OPEN: [&str; 9] = [
    "guest", "anonym", "cart", "checkout", "track", "dev", "test", "demo", "seed",
];

/// What is changed, and where such rows are kept to their owner.
struct Open<'a> {
    endpoint: &'a Endpoint,
    reached: &'a Reached<'a>,
    model: ModelRef,
    key: String,
    guarded: Option<CallId>,
}

/// One finding for each endpoint.
pub(super) fn findings(context: &Context<'_>, told: &FxHashSet<usize>) -> Vec<Diagnostic> {
    let entries = entries(context);
    let signs_in = entries.iter().any(|entry| {
        entry.endpoint.access.authenticated && entry.endpoint.kind == EndpointKind::Http
    });
    if !signs_in {
        return Vec::new();
    }
    let mut calls: BTreeSet<CallId> = BTreeSet::new();
    let open = entries
        .iter()
        .filter(|entry| !told.contains(&entry.position) && is_open(context, entry))
        .filter_map(|entry| changed(context, entry))
        .filter(|open| calls.insert(open.reached.query.call));
    let open: Vec<Open<'_>> = open.collect();
    open.iter().map(|open| finding(context, open)).collect()
}

/// Whether a marker opens an endpoint to everybody, who then has nothing to prove.
fn is_open(context: &Context<'_>, entry: &Entry<'_>) -> bool {
    let endpoint = entry.endpoint;
    let lower = endpoint.name.to_ascii_lowercase();
    // What is posted may be an answer, by a link that somebody was sent.
    let changes = ["patch ", "put ", "delete "];
    let changes = changes.iter().any(|method| lower.starts_with(method));
    // Nobody sends news by a method that deletes.
    let outside = doors::is_of_outside(endpoint) && !lower.starts_with("delete ");
    changes
        && endpoint.kind == EndpointKind::Http
        && functions::is_application(context.project, endpoint.module)
        && endpoint.access.public.is_some()
        && endpoint.access.asks_nothing()
        && !entry.walk.cut
        && !entry.walk.doubtful
        && !entry.walk.uses_identity
        && !outside
        && !OPEN.iter().any(|word| lower.contains(word))
        && !endpoint.parameters.iter().any(|given| match given {
            Given::Identity | Given::Unknown | Given::Request | Given::Other => true,
            given => given.may_prove(),
        })
}

/// The row that an endpoint changes, by a key that the client sent and that is no secret.
fn changed<'a>(context: &Context<'a>, entry: &Entry<'a>) -> Option<Open<'a>> {
    let project = context.project;
    entry.walk.queries.iter().find_map(|reached| {
        let call = project.calls.get(reached.query.call);
        let model = call.model().filter(|_| changes(call.operation))?;
        let arguments = reached.query.arguments.first()?;
        let deletes = matches!(call.operation, Operation::Delete | Operation::DeleteMany);
        if !is_blind(reached, reached.trust())
            || only_counts(arguments)
            || takes_over(project, model, arguments)
            || doors::is_for_systems(entry, reached) && !deletes
        {
            return None;
        }
        let guarded = survey(context).evidence.guarded(model);
        let owned = matches!(project.owners.of(model), Ownership::Owned(_))
            && project.owners.of(model).required_chain().is_some();
        if !(owned && guarded.is_some() || deletes) {
            return None;
        }
        let filter = &arguments.as_object()?.entries.get("where")?.value;
        let key = named(context, reached, model, &leaves(filter)?)?;
        Some(Open {
            endpoint: entry.endpoint,
            reached,
            model,
            key,
            guarded: guarded.filter(|_| owned),
        })
    })
}

/// What the client sent of which a condition consists, where it names one row.
fn named(
    context: &Context<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
    asked: &[Leaf<'_>],
) -> Option<String> {
    let declared = context.project.schemas.model(model);
    let [leaf] = asked else { return None };
    let [column] = leaf.path.as_slice() else {
        return None;
    };
    let field = declared.field(column)?;
    let trust = reached.trust();
    let (mut sent, mut others) = (None, opens(column));
    origins(leaf.value, &mut |origin| match origin {
        Origin::Client(key) if !trust.holds(&key) => sent = Some(key),
        _ => others = true,
    });
    let key = sent.filter(|_| !others && declared.is_id(field.id))?;
    let last = key.path.last().map(|name| name.to_ascii_lowercase());
    let secret = last.is_some_and(|name| opens(&name));
    (!secret && matches!(leaf.value, Value::Opaque(_))).then(|| key.text())
}

fn finding(context: &Context<'_>, open: &Open<'_>) -> Diagnostic {
    let project = context.project;
    let name = &project.schemas.model(open.model).name;
    let call = project.calls.get(open.reached.query.call);
    let place = |call: CallId| {
        let call = project.calls.get(call);
        project.modules.at(call.module, call.name.span)
    };
    let does = match call.operation {
        Operation::Delete | Operation::DeleteMany => "deletes",
        _ => "changes",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        open.endpoint.at,
        format!(
            "`{}` is marked as open to everybody, and {does} the `{name}` that `{}` names, whosever it is",
            open.endpoint.name, open.key
        ),
    )
    .label("nobody has to sign in, or to prove what system it is")
    .related(place(open.reached.query.call), "the query");
    if let Some(guarded) = open.guarded.filter(|at| *at != open.reached.query.call) {
        found = found.related(
            place(guarded),
            format!("here `{name}` is kept to its owner"),
        );
        found = found.lowered(Severity::High, "the marker may be meant");
    } else {
        found = found.lowered(
            Severity::Medium,
            "the marker may be meant, and nothing else keeps such rows to anybody",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help("take the marker away; where another system calls it, ask for a secret that only it knows")
        .subject(format!("endpoint:{} marked", open.endpoint.name))
}
