//! Webhooks that anybody can send.

mod before;
pub(super) mod idle;
mod switched;

use snell_extract::facts::{
    Expression, ExpressionId, FunctionBody, FunctionId, MemberKind, ModuleFacts, Statement,
    StatementNode,
};
use snell_flow::Event;
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
    module::{FunctionRef, In, ModuleId},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use super::{
    calls,
    setting::{Settings, flat},
    tell,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::refusal::{call_refuses_nobody, refuses_nobody},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/webhook-unverified",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A webhook is believed whoever sent it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words of calls that ask who sent something, or are handed what tells.
const ASKS: [&str; 9] = [
    "signature",
    "constructevent",
    "hmac",
    "timingsafe",
    "unwrap",
    "headers",
    "authoriz",
    "isvalid",
    "rawbody",
];

/// Verifications of who sent something: others are what the business is about.
const VERIFICATIONS: [&str; 6] = [
    "webhookverification",
    "signatureverification",
    "requestverification",
    "tokenverification",
    "verificationservice",
    "verificationguard",
];

/// Words of conditions that do.
const CONDITIONS: [&str; 8] = [
    "signature",
    "secret",
    "token",
    "authoriz",
    "hmac",
    "apikey",
    "api_key",
    "api-key",
];

/// Words of what only those know who may send.
const SECRETS: [&str; 7] = [
    "token",
    "secret",
    "key",
    "hash",
    "code",
    "signature",
    "nonce",
];

/// Why it weighs less where production refuses.
const ASKS_WHERE: &str =
    "it asks where it runs: only where that is not set either, everybody is believed";

/// Words of decorators that do.
const DECORATORS: [&str; 6] = ["verif", "guard", "auth", "hmac", "apikey", "allowlist"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for flow in context.flow.endpoints() {
        let endpoint = context.project.endpoints.get(flow.endpoint);
        if functions::is_application(context.project, endpoint.module)
            && !flow.summary.cut
            && is_open(endpoint)
        {
            found.extend(unasked(context, endpoint, &flow.summary.events));
        }
    }
    let idle = idle::handlers(context);
    for (module, facts) in calls::modules(context) {
        if calls::mentions(context, module, &["verify", "constructEvent", "createHmac"])
            && calls::mentions(context, module, &["ebhook"])
        {
            found.extend(skipped(context, module, facts));
        }
        if calls::mentions(context, module, &["ebhook", "WEBHOOK", "x-hub-signature"]) {
            let told: Vec<_> = found.iter().map(|one| one.primary().at).collect();
            let switched = switched::findings(context, module, facts, &idle).into_iter();
            found.extend(switched.filter(|one| !told.contains(&one.primary().at)));
        }
    }
    found
}

/// Whether anybody may send to an endpoint, and no part of its path is a secret of its own.
fn is_open(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    // What an identifier in the path names is known to few.
    let parts = endpoint
        .name
        .split('/')
        .filter_map(|part| part.strip_prefix(':'));
    let secret = parts
        .map(str::to_ascii_lowercase)
        .any(|part| part.ends_with("id") || SECRETS.iter().any(|word| part.contains(word)));
    endpoint.kind == EndpointKind::Http
        && endpoint.name.starts_with("POST ")
        && !secret
        && (access.public.is_some() || !access.authenticated)
        && access.restricted.is_empty()
        && access.unknown.is_empty()
        && !access.administrative
}

/// Whether an endpoint says that it is a webhook.
fn is_named(endpoint: &Endpoint) -> bool {
    let lower = endpoint.name.to_ascii_lowercase();
    let mut words = lower.split(['/', ' ', '-', '_']);
    words.any(|word| matches!(word, "webhook" | "webhooks"))
}

/// What ends the name of a model whose rows say where to send to.
const TARGETS: [&str; 7] = [
    "webhook",
    "webhooks",
    "webhookendpoint",
    "webhooksubscription",
    "webhookconfig",
    "webhooktarget",
    "webhookurl",
];

/// Whether a write is of the webhooks themselves: of those that the application sends.
fn registers(context: &Context<'_>, write: CallId) -> bool {
    let model = context.project.calls.get(write).model();
    model.is_some_and(|model| {
        let declared = context.project.schemas.model(model);
        let lower = declared.name.to_ascii_lowercase();
        TARGETS.iter().any(|target| lower.ends_with(target))
    })
}

/// A webhook that writes, and asks nobody on the way.
fn unasked(context: &Context<'_>, endpoint: &Endpoint, events: &[Event]) -> Option<Diagnostic> {
    let write = before::last_write(context, endpoint.handler, events)?;
    let webhook = is_named(endpoint) && !registers(context, write.call) || write.of_event;
    if !webhook || write.by_secret {
        return None;
    }
    let asked = write
        .before
        .iter()
        .any(|(function, end)| asks(context, *function, *end));
    if asked || stands_before(context, endpoint)? {
        return None;
    }
    let title = tell::title(context, write.call);
    Some(
        Diagnostic::at(
            &RULE.metadata,
            endpoint.at,
            format!("`{}` believes whoever calls it", endpoint.name),
        )
        .label("nothing before it writes asks for a signature or a secret")
        .related(
            tell::operation(context, write.call),
            "and writes what was sent",
        )
        .confidence(Confidence::Likely)
        .help("verify the signature over the raw body, with the secret of the sender, before anything else")
        .subject(format!("endpoint:{} {title}", endpoint.name)),
    )
}

/// Whether a guard at the class or a middleware of webhooks may ask.
fn stands_before(context: &Context<'_>, endpoint: &Endpoint) -> Option<bool> {
    let class = endpoint.class?;
    let modules = &context.project.modules;
    let declared = modules.facts(class.module).class(class.id);
    // What stands before another method of the class stands before this one no more.
    let mut members = declared.members.iter();
    let own = members
        .find(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id));
    let own = own.into_iter().flat_map(|member| &member.decorators);
    let decorated = declared.decorators.iter().chain(own).any(|one| {
        let lower = context
            .text(modules.at(class.module, one.span))
            .to_ascii_lowercase();
        DECORATORS.iter().any(|word| lower.contains(word))
    });
    let middleware = calls::modules(context).any(|(module, _)| {
        calls::mentions(context, module, &["MiddlewareConsumer"])
            && calls::mentions(context, module, &["ebhook"])
    });
    Some(decorated || middleware)
}

/// Whether the body of a function, up to a place, calls what asks who sent
/// something, or makes a condition of it.
fn asks(context: &Context<'_>, function: FunctionRef, end: u32) -> bool {
    let modules = &context.project.modules;
    let facts = modules.facts(function.module);
    let Some(own) = facts.functions.get(function.id.index()) else {
        return false;
    };
    let body = match &own.body {
        FunctionBody::Block(block) => match (block.first(), block.last()) {
            (Some(first), Some(last)) => first.span.cover(last.span),
            _ => return false,
        },
        FunctionBody::Expression(value) => facts.span(*value),
        FunctionBody::None => return false,
    };
    let text = |span: Span| {
        let text = context.text(modules.at(function.module, span));
        text.to_ascii_lowercase()
    };
    let says = |lower: &str, words: &[&str]| words.iter().any(|word| lower.contains(word));
    let named = own
        .name
        .as_ref()
        .is_some_and(|name| says_verify(&name.text.to_ascii_lowercase()));
    // A name verifies nothing.
    if named && refuses_nobody(context.project, function) {
        return false;
    }
    let can_refuse = |callee: ExpressionId| {
        let module = function.module;
        !call_refuses_nobody(context.project, In { module, id: callee })
    };
    let inside = facts
        .expressions
        .iter()
        .filter(|node| body.contains(node.span) && node.span.start < end);
    named
        || inside.into_iter().any(|node| match &node.kind {
            Expression::Call { callee, .. } => {
                let asks = says(&text(node.span), &ASKS) || says_verify(&text(facts.span(*callee)));
                asks && can_refuse(*callee)
            }
            Expression::Binary { .. } => says(&text(node.span), &CONDITIONS),
            _ => false,
        })
}

/// Whether a name or code in lower case verifies something: a fee for a verification does not.
fn says_verify(lower: &str) -> bool {
    lower.replace("verification", "").contains("verif")
        || VERIFICATIONS.iter().any(|word| lower.contains(word))
}

/// Verification that a missing setting switches off.
fn skipped(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (n, function) in (0u32..).zip(&facts.functions) {
        let FunctionBody::Block(body) = &function.body else {
            continue;
        };
        let settings = Settings {
            context,
            module,
            class: function.class.map(|id| facts.class(id)),
        };
        let verifies = |span: Span| {
            let text = settings.text(span);
            [
                ".verify(",
                "verify(",
                "constructEvent",
                "createHmac",
                "verifyWebhook",
            ]
            .iter()
            .any(|word| text.contains(word))
        };
        if function.parent.is_some() || !verifies(function.span) {
            continue;
        }
        for (outer, statement) in flat(body, None) {
            let Statement::If {
                test,
                then,
                otherwise: None,
            } = &statement.kind
            else {
                continue;
            };
            let inside = outer.is_some();
            let missing = settings.absent(*test).filter(|_| goes_on(facts, then));
            let skips = settings.is_setting(*test)
                && verifies(statement.span)
                && !inside
                && later(body, statement);
            if missing.is_some() || skips {
                let about = missing.unwrap_or(*test);
                let function = In {
                    module,
                    id: FunctionId(n),
                };
                found.push(skipping(&settings, function, (*test, about), statement));
                break;
            }
        }
    }
    found
}

/// Whether a block ends by handling what was sent all the same.
fn goes_on(facts: &ModuleFacts, block: &[StatementNode]) -> bool {
    let Some(StatementNode {
        kind: Statement::Return(Some(value)),
        ..
    }) = block.last()
    else {
        return false;
    };
    let value = facts.unwrap_casts(*value);
    let value = match facts.expression(value) {
        Expression::Await(inner) => *inner,
        _ => value,
    };
    match facts.expression(value) {
        Expression::Call {
            callee, arguments, ..
        } => {
            let name = match facts.expression(*callee) {
                Expression::Member { property, .. } => property.text.to_ascii_lowercase(),
                Expression::Identifier { name, .. } => name.to_ascii_lowercase(),
                _ => String::new(),
            };
            !arguments.is_empty()
                && [
                    "handle",
                    "process",
                    "parse",
                    "unverified",
                    "dispatch",
                    "apply",
                ]
                .iter()
                .any(|word| name.contains(word))
        }
        _ => false,
    }
}

/// Whether something is done after a statement of a body.
fn later(body: &[StatementNode], statement: &StatementNode) -> bool {
    body.iter().any(|other| {
        other.span.start > statement.span.end
            && !matches!(other.kind, Statement::Return(None) | Statement::Other)
    })
}

fn skipping(
    settings: &Settings<'_>,
    function: FunctionRef,
    (test, about): (
        snell_extract::facts::ExpressionId,
        snell_extract::facts::ExpressionId,
    ),
    statement: &StatementNode,
) -> Diagnostic {
    let context = settings.context;
    let facts = settings.facts();
    let what = functions::short(settings.text(facts.span(about)));
    let at = context
        .project
        .modules
        .at(settings.module, facts.span(test));
    let name = functions::name(context.project, function);
    let found = Diagnostic::at(
        &RULE.metadata,
        at,
        match settings.variable(about) {
            Some(variable) => {
                format!("`{name}` believes every webhook when `{variable}` is not set")
            }
            None => format!("`{name}` believes every webhook when `{what}` is missing"),
        },
    )
    .label("the signature is not verified wherever the setting was forgotten");
    let found = match settings.asks_where(statement.span) {
        true => found.lowered(Severity::Medium, ASKS_WHERE),
        false => found.lowered(Severity::High, "with the setting the signature is verified"),
    };
    found
        .confidence(Confidence::Likely)
        .help("refuse what cannot be verified; for development, use a secret of its own")
        .subject(format!("function:{name}"))
}
