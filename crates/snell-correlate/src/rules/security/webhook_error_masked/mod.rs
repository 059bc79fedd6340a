//! Webhooks that tell the sender something else than what went wrong.

mod handler;

use snell_extract::facts::{Block, Expression, ExpressionId};
use snell_flow::scope::Reached;
use snell_project::{
    endpoint::{Endpoint, EndpointKind},
    module::{ExpressionRef, In, Module},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use self::handler::{Answer, Handler, Mask};
use super::tell;
use crate::{
    functions,
    rule::{Context, Rule},
    support::{order::Place, records},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/webhook-error-masked",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A webhook answers a failure of its own as a fault of the sender, or as none",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What becomes of a failure on the way from a write to the sender.
enum Way<'a> {
    /// The sender hears of it.
    Told,
    /// Something is done about it, or it depends on what failed.
    Doubtful,
    Masked(Masked<'a>),
}

/// What stands between a write and the sender.
struct Masked<'a> {
    endpoint: &'a Endpoint,
    handler: Handler<'a>,
    mask: Mask,
    written: &'a Reached<'a>,
    /// How many calls the handler is away from the sender.
    way: usize,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: Vec<*const Block> = Vec::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !functions::is_application(context.project, endpoint.module) || !is_webhook(endpoint) {
            continue;
        }
        let writes = entered
            .walk
            .queries
            .iter()
            .filter(|reached| is_written(context, reached));
        let ways: Vec<_> = writes
            .map(|written| way(context, endpoint, written))
            .collect();
        let masked = ways.iter().filter_map(|way| match way {
            Way::Masked(masked) => Some(masked),
            _ => None,
        });
        let lost = |one: &&Masked<'_>| matches!(one.mask, Mask::Silence(_));
        let blamed = masked.clone().filter(|one| !lost(one));
        // What is done beside the work may be lost: some write tells of its failure.
        let all_lost = !ways.iter().any(|way| matches!(way, Way::Told))
            && masked.clone().all(|one| lost(&one));
        // One that loses the event is enough: the nearest to the sender.
        let silent = masked.filter(|one| all_lost && lost(one));
        let silent = silent.min_by_key(|one| one.way);
        for one in blamed.chain(silent) {
            let block = std::ptr::from_ref(one.handler.block);
            if !told.contains(&block) {
                told.push(block);
                found.push(finding(context, one));
            }
        }
    }
    found
}

/// Whether another system posts to an endpoint what has happened there.
fn is_webhook(endpoint: &Endpoint) -> bool {
    let lower = endpoint.name.to_ascii_lowercase();
    let mut words = lower.split(['/', ' ', '-', '_']);
    matches!(endpoint.kind, EndpointKind::Http | EndpointKind::Route)
        && lower.starts_with("post ")
        && words.any(|word| matches!(word, "webhook" | "webhooks"))
        && (endpoint.access.public.is_some() || !endpoint.access.authenticated)
        && !endpoint.access.administrative
}

/// Whether a query writes what an event is about: a log of what came in is beside the work.
fn is_written(context: &Context<'_>, reached: &Reached<'_>) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model();
    call.operation.is_write()
        && model.is_some_and(|model| !records::is_log(context.project.schemas.model(model)))
}

/// The way back from a write, to the first handler that hides what it throws.
fn way<'a>(context: &Context<'a>, endpoint: &'a Endpoint, written: &'a Reached<'a>) -> Way<'a> {
    let call = context.project.calls.get(written.query.call);
    let own: ExpressionRef = In {
        module: call.module,
        id: call.expression,
    };
    let places = written.trail.iter().copied().chain([own]).enumerate();
    let places: Vec<_> = places.collect();
    for (way, at) in places.into_iter().rev() {
        let module = context.project.modules.get(at.module);
        let facts = &module.facts;
        let Some(function) = module.context.function(at.id) else {
            return Way::Doubtful;
        };
        let function = facts.outermost(function);
        let place = Place::of(facts, Some(function), facts.span(at.id));
        // What fails while a failure is handled is another story.
        if place.is_after_failure() {
            return Way::Doubtful;
        }
        // Nobody waits here for what it throws.
        if !is_awaited(module, at.id) {
            continue;
        }
        for (guarded, block) in place.tries() {
            let handler = Handler {
                entered: way == 0,
                context: *context,
                module: at.module,
                guarded,
                block,
            };
            match handler.answer() {
                Answer::Thrown => {}
                Answer::Unknown => return Way::Doubtful,
                Answer::Masked(mask) => {
                    return Way::Masked(Masked {
                        endpoint,
                        handler,
                        mask,
                        written,
                        way,
                    });
                }
            }
        }
    }
    Way::Told
}

/// Whether the function waits for what stands at a place.
fn is_awaited(module: &Module, at: ExpressionId) -> bool {
    let mut around = Some(at);
    while let Some(id) = around {
        if matches!(module.facts.expression(id), Expression::Await(_)) {
            return true;
        }
        around = module.context.parent(id);
    }
    false
}

fn finding(context: &Context<'_>, masked: &Masked<'_>) -> Diagnostic {
    let name = &masked.endpoint.name;
    let title = tell::title(context, masked.written.query.call);
    let at = |span: Span| context.project.modules.at(masked.handler.module, span);
    let (span, message, label, help) = match masked.mask {
        Mask::Blames(span, status) => (
            span,
            format!("`{name}` answers {status} whatever fails, a fault of the database too"),
            "the sender is told that it was wrong: who reads the logs looks for an attack, and some senders do not come again",
            "answer 4xx where the signature or the body is checked, alone in its `try`, and let what fails after it become a 500",
        ),
        Mask::Silence(span) => (
            span,
            format!("`{name}` answers that all is well when its write fails"),
            "the sender does not come again: the event is lost",
            "throw the error on after it is logged, so that the sender comes again, or keep the event in a table and work it off later",
        ),
    };
    Diagnostic::at(&RULE.metadata, at(span), message)
        .label(label)
        .related(
            tell::operation(context, masked.written.query.call),
            format!("`{title}` fails when the database does"),
        )
        .related(masked.endpoint.at, "events come here")
        .confidence(Confidence::Likely)
        .help(help)
        // One endpoint may mask in several handlers: it is one thing to mend.
        .caused_by(format!("webhook answers {name}: {help}"))
        .subject(format!("endpoint:{name} {title}"))
}
