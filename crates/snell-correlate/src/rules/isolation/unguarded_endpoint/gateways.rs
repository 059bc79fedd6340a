//! Messages of a connection that asks nobody who connects, where requests beside it do: what they change is changed by
//! anybody, and in anybody's name.

use rustc_hash::FxHashSet;
use snell_extract::facts::{Class, Expression, ExpressionKind};
use snell_flow::scope::{Keyed, Reached, Verdict, Walked, told, verdict};
use snell_project::{
    endpoint::{Endpoint, EndpointKind},
    module::{ClassRef, Symbol},
    ownership::Ownership,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{RULE, beside, nobody::is_open};
use crate::{
    functions,
    rule::Context,
    rules::isolation::{
        doors::is_guarded,
        reach::{changes, is_blind, only_counts},
    },
    support::queries::operation_at,
};

/// What a class says that may ask who connects.
const ASKS: [&str; 12] = [
    "handshake",
    "verif",
    "token",
    "auth",
    "jwt",
    "cookie",
    "session",
    ".disconnect(",
    ".close(",
    ".use(",
    "headers",
    "throw",
];

/// One finding for each class.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut told: FxHashSet<ClassRef> = FxHashSet::default();
    let mut found = Vec::new();
    for walked in context.walks {
        let endpoint = project.endpoints.get(walked.endpoint);
        let judged = endpoint.kind == EndpointKind::Message
            && !walked.walk.cut
            && functions::is_application(project, endpoint.module);
        let Some(class) = endpoint.class.filter(|_| judged) else {
            continue;
        };
        if told.contains(&class)
            || !is_open(context, endpoint, class)
            || asks_who_connects(context, class)
        {
            continue;
        }
        if let (Some(changed), Some(guarded)) = (changed(context, walked), guarded(context, class))
            && !adapts(context)
        {
            told.insert(class);
            found.push(finding(context, endpoint, &changed, guarded));
        }
    }
    found
}

/// What a message changes, and by what the client says whose it is.
fn changed<'w>(context: &Context<'_>, walked: &'w Walked<'_>) -> Option<(&'w Reached<'w>, Keyed)> {
    let project = context.project;
    walked.walk.queries.iter().find_map(|reached| {
        let call = project.calls.get(reached.query.call);
        let model = call.model()?;
        let trust = reached.trust();
        let counts = reached.query.arguments.first().is_some_and(only_counts);
        let owned = matches!(project.owners.of(model), Ownership::Owned(_));
        if !owned || counts || !is_blind(reached, trust) {
            return None;
        }
        let known = match changes(call.operation) {
            true => Some(verdict(project, reached, trust)),
            false if call.operation.is_create() => told(project, &walked.walk, reached, trust),
            false => None,
        };
        match known? {
            Verdict::ClientKeyOnly(keyed) | Verdict::OwnerFromClient(keyed) => {
                Some((reached, keyed))
            }
            _ => None,
        }
    })
}

/// Whether the class of a gateway, or what it goes on from, may ask who connects.
fn asks_who_connects(context: &Context<'_>, class: ClassRef) -> bool {
    let modules = &context.project.modules;
    let declared: &Class = modules.facts(class.module).class(class.id);
    let text = context.text(modules.at(class.module, declared.span));
    let lower = text.to_ascii_lowercase();
    declared.extends.is_some() || ASKS.iter().any(|word| lower.contains(word))
}

/// Whether the application has an adapter of its own for connections: that may ask.
fn adapts(context: &Context<'_>) -> bool {
    let modules = &context.project.modules;
    modules.iter().any(|(module, owner)| {
        let facts = &owner.facts;
        facts.all([ExpressionKind::Call]).any(|(_, node)| {
            let Some(call) = facts.method_call(&node.kind) else {
                return false;
            };
            let of_package = |id| match facts.expression(facts.unwrap_casts(id)) {
                Expression::New { callee, .. } => match facts.expression(*callee) {
                    Expression::Identifier {
                        binding: Some(binding),
                        ..
                    } => matches!(modules.binding(module, *binding), Symbol::External { .. }),
                    _ => false,
                },
                _ => false,
            };
            call.property.text == "useWebSocketAdapter"
                && !call
                    .arguments
                    .first()
                    .is_some_and(|adapter| of_package(adapter.value))
        })
    })
}

/// A request of the same application before which somebody has to be signed in.
fn guarded<'a>(context: &Context<'a>, class: ClassRef) -> Option<&'a Endpoint> {
    let folder = beside::application(context, class);
    context.project.endpoints.iter().find(|other| {
        let of_http = other.kind == EndpointKind::Http && is_guarded(other);
        let class = other.class.filter(|_| of_http);
        class.is_some_and(|class| beside::application(context, class) == folder)
    })
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    (reached, keyed): &(&Reached<'_>, Keyed),
    guarded: &Endpoint,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model().map(|model| &project.schemas.model(model).name);
    let model = model.map_or("rows", |name| name.as_str());
    let does = match call.operation.is_create() {
        true => "writes",
        false => "changes",
    };
    Diagnostic::at(
        &RULE.metadata,
        operation_at(context, call),
        format!(
            "`{}` {does} `{model}` for whoever connects: nothing asks who that is",
            endpoint.name
        ),
    )
    .label(format!("`{}` is what the client sent", keyed.key.text()))
    .related(endpoint.at, "no guard stands before it, and the connection asks nothing")
    .example(guarded.at, "who sends this request has to be signed in")
    .lowered(Severity::High, "a guard of requests stands before no message")
    .confidence(Confidence::Likely)
    .help("verify the token of the handshake when somebody connects (`handleConnection`), disconnect everybody else, and take who writes from the connection, not from the message")
    .subject(format!("endpoint:{}", endpoint.name))
}
