//! Rooms of a connection that the client names: whoever joins the one of a tenant or a person hears what is sent to
//! those who are in it.

use snell_extract::facts::Expression;
use snell_flow::{
    Event, EventKind, Fact, Summary, Value,
    scope::{Key, Origin, origins},
};
use snell_project::{
    endpoint::{Endpoint, EndpointKind},
    module::ExpressionRef,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{functions, rule::Context};

/// Calls by which a room, or a key, is used and nothing is asked.
const ASKS_NOTHING: [&str; 15] = [
    "join", "leave", "to", "in", "emit", "except", "log", "debug", "verbose", "info", "warn",
    "error", "String", "trim", "toString",
];

/// How something is sent to a room.
const SENDS: [&str; 2] = [".to(", ".in("];

/// One finding for each handler.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let messages = context.walks.iter().filter_map(|walked| {
        let endpoint = project.endpoints.get(walked.endpoint);
        let access = &endpoint.access;
        let plain = endpoint.kind == EndpointKind::Message
            && access.unknown.is_empty()
            && access.checked.is_empty()
            && access.restricted.is_empty()
            && !walked.walk.cut
            && functions::is_application(project, endpoint.module);
        let entered = context.flow.endpoint(walked.endpoint)?;
        plain.then_some((endpoint, &*entered.summary))
    });
    messages
        .filter_map(|(endpoint, summary)| finding(context, endpoint, summary))
        .collect()
}

fn finding(context: &Context<'_>, endpoint: &Endpoint, summary: &Summary) -> Option<Diagnostic> {
    let project = context.project;
    if !sends(context, endpoint) || summary.events.iter().any(|event| may_ask(context, event)) {
        return None;
    }
    let (at, key, model) = summary
        .events
        .iter()
        .find_map(|event| joined(context, event))?;
    let whose = &project.schemas.model(model).name;
    let sent = key.text();
    Some(
        Diagnostic::at(
            &RULE.metadata,
            project.modules.location(at),
            format!(
                "`{}` lets whoever is connected into the room of any `{whose}`: the client names it in `{sent}`",
                endpoint.name
            ),
        )
        .label("nothing asks whether it is theirs")
        .related(endpoint.at, "the handler")
        .lowered(
            Severity::High,
            "what is sent to the room is heard, and nothing is changed by that",
        )
        .confidence(Confidence::Likely)
        .help(format!(
            "join the room of who is signed in on the connection, or ask whether they belong to that `{whose}` before"
        ))
        .subject(format!("endpoint:{} room", endpoint.name)),
    )
}

/// Whether the file of a handler sends to rooms.
fn sends(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    let module = context.project.modules.get(endpoint.module);
    let text = &context.sources.file(module.file).text;
    SENDS.iter().any(|way| text.contains(way))
}

/// The key by which the client names a room in `client.join(...)`, and whose room that is.
fn joined(context: &Context<'_>, event: &Event) -> Option<(ExpressionRef, Key, ModelRef)> {
    let EventKind::Unfollowed { at, arguments } = &event.kind else {
        return None;
    };
    let [room] = arguments.as_slice() else {
        return None;
    };
    let joins = called(context, *at) == Some("join");
    let key = sent(room).filter(|_| joins)?;
    let model = named(context, key.path.last()?)?;
    Some((*at, key, model))
}

/// What the client sent, where a value is made of nothing else than that and constants.
fn sent(value: &Value) -> Option<Key> {
    let (mut key, mut other) = (None, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(sent) if key.is_none() => key = Some(sent),
        Origin::Constant => {}
        _ => other = true,
    });
    key.filter(|_| !other)
}

/// The tenant or the people whose key a name is: `schoolId`.
fn named(context: &Context<'_>, name: &str) -> Option<ModelRef> {
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    let name = plain(name);
    let of = name.strip_suffix("id")?;
    let mut models = context.project.schemas.models();
    let found = models.find(|(model, _, declared)| {
        let root = context.project.owners.of(*model);
        let owns = matches!(root, Ownership::Root(RootKind::Tenant | RootKind::Identity));
        owns && plain(&declared.name) == of
    });
    found.map(|(model, ..)| model)
}

/// Whether something on the way may ask whose the room is: a call that is handed what the client sent, a query, or a
/// condition on anything else than whether it was sent.
fn may_ask(context: &Context<'_>, event: &Event) -> bool {
    let asks = |fact: &Fact| match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => sent(value).is_none(),
        _ => true,
    };
    let runs = match &event.kind {
        EventKind::Query(_) | EventKind::Call { .. } => true,
        EventKind::Unfollowed { at, arguments } => {
            let known = called(context, *at).is_some_and(|name| ASKS_NOTHING.contains(&name));
            !known && arguments.iter().any(|argument| sent(argument).is_some())
        }
        EventKind::Check { .. } | EventKind::Return { .. } | EventKind::Answer { .. } => false,
    };
    runs || event.facts.iter().any(asks)
}

/// The name of what is called.
fn called<'a>(context: &Context<'a>, at: ExpressionRef) -> Option<&'a str> {
    let facts = context.project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(facts.unwrap_casts(at.id)) else {
        return None;
    };
    match facts.expression(facts.unwrap_casts(*callee)) {
        Expression::Member { property, .. } => Some(&property.text),
        Expression::Identifier { name, .. } => Some(name),
        _ => None,
    }
}
