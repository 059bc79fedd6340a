//! Subscriptions without a guard, where queries and mutations beside them have one: whoever is
//! connected is sent what happens to the row that a client names.

use snell_extract::facts::ExpressionKind;
use snell_project::endpoint::{Endpoint, EndpointKind, Given};
use snell_source::{Confidence, Diagnostic, Severity, Span};

use super::{RULE, beside::application};
use crate::{
    functions,
    rule::Context,
    rules::isolation::doors::{is_guarded, nothing_before},
};

/// Calls that listen to a topic.
const LISTENS: [&str; 4] = [
    "asyncIterator",
    "asyncIterableIterator",
    "asyncIterable",
    "subscribe",
];

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let endpoints = || context.project.endpoints.iter();
    endpoints()
        .filter(|endpoint| {
            endpoint.kind == EndpointKind::Subscription
                && functions::is_application(context.project, endpoint.module)
                && !is_guarded(endpoint)
                && endpoint.access.public.is_none()
                && nothing_before(endpoint)
        })
        .filter_map(|endpoint| {
            let class = endpoint.class?;
            let folder = application(context, class);
            let asked: Vec<&Endpoint> = endpoints()
                .filter(|other| {
                    let of_graphql =
                        matches!(other.kind, EndpointKind::Query | EndpointKind::Mutation);
                    let class = other.class.filter(|_| of_graphql && is_guarded(other));
                    class.is_some_and(|class| application(context, class) == folder)
                })
                .collect();
            let nearest = asked.iter().find(|other| other.class == Some(class));
            let guarded = *nearest.or(asked.first())?;
            finding(context, endpoint, guarded)
        })
        .collect()
}

fn finding(context: &Context<'_>, endpoint: &Endpoint, guarded: &Endpoint) -> Option<Diagnostic> {
    // A filter that is handed the context may ask who listens.
    if context.text(endpoint.at).contains("context") {
        return None;
    }
    let (key, topic) = endpoint.parameters.iter().find_map(|given| match given {
        Given::Client(_, Some(key)) => Some((key, topic(context, endpoint, key)?)),
        _ => None,
    })?;
    let at = context.project.modules.at(endpoint.handler.module, topic);
    Some(
        Diagnostic::at(
            &RULE.metadata,
            endpoint.at,
            format!(
                "`{}` sends what happens in whatever `{key}` names, and no guard asks who listens",
                endpoint.name
            ),
        )
        .label("no guard stands before it")
        .related(at, format!("`{key}` is what the client sent"))
        .example(guarded.at, "one stands before this one")
        .lowered(
            Severity::Medium,
            "the connection may ask to sign in; whether who listens has a part in it, nothing asks",
        )
        .confidence(Confidence::Likely)
        .help(format!(
            "put the guard of the others before it, and ask whether who listens has a part in what `{key}` names"
        ))
        .subject(format!("endpoint:{}", endpoint.name)),
    )
}

/// The topic that a subscription listens to, when it is made of what the client sent as `key`.
fn topic(context: &Context<'_>, endpoint: &Endpoint, key: &str) -> Option<Span> {
    let modules = &context.project.modules;
    let handler = endpoint.handler;
    let facts = modules.facts(handler.module);
    let body = facts.function(handler.id).span;
    facts.all([ExpressionKind::Call]).find_map(|(_, node)| {
        let call = facts.method_call(&node.kind)?;
        let span = facts.span(call.arguments.first()?.value);
        let text = context.text(modules.at(handler.module, span));
        let named = text
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .any(|word| word == key);
        (body.contains(node.span) && LISTENS.contains(&call.property.text.as_str()) && named)
            .then_some(span)
    })
}
