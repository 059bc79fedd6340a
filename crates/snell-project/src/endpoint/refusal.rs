//! What a function that stands before a handler may refuse, and whether that can have to do with
//! whose rows are asked for.

use snell_extract::facts::Expression;
use snell_source::Span;

use super::{guard, procedures::function, scan};
use crate::module::{In, ModuleId, Modules};

/// Codes of refusals that say nothing of whose something is.
const INDIFFERENT: [&str; 12] = [
    "TOO_MANY_REQUESTS",
    "PRECONDITION_FAILED",
    "TIMEOUT",
    "INTERNAL_SERVER_ERROR",
    "METHOD_NOT_SUPPORTED",
    "PAYLOAD_TOO_LARGE",
    "CLIENT_CLOSED_REQUEST",
    "SERVICE_UNAVAILABLE",
    "NOT_IMPLEMENTED",
    "BAD_GATEWAY",
    "GATEWAY_TIMEOUT",
    "UNSUPPORTED_MEDIA_TYPE",
];

/// Words in the names of functions that refuse.
const REFUSING: [&str; 9] = [
    "throw", "assert", "ensure", "verify", "enforce", "authoriz", "require", "permit", "owner",
];

/// Words in the names of what stands before handlers and has nothing to do with whose rows are
/// asked for, wherever it comes from.
const BESIDE: [&str; 16] = [
    "ratelimit",
    "throttl",
    "cache",
    "logger",
    "logging",
    "metric",
    "telemetry",
    "tracing",
    "sentry",
    "timing",
    "axiom",
    "bulkhead",
    "cors",
    "csrf",
    "xsrf",
    "helmet",
];

/// How many functions deep refusals are looked for.
const DEPTH: u32 = 3;

/// Whether the name of what stands before a handler says that it has nothing to do with whose
/// rows are asked for.
pub(super) fn is_beside(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let lower = plain.to_ascii_lowercase();
    BESIDE.iter().any(|word| lower.contains(word))
}

/// Whether what stands in a span may refuse because of whose something is: it throws more than
/// that there are too many requests, or calls something whose name says so.
pub(super) fn may_refuse(modules: &Modules, module: ModuleId, span: Span) -> bool {
    refuses(modules, module, span, DEPTH)
}

fn refuses(modules: &Modules, module: ModuleId, span: Span, depth: u32) -> bool {
    let facts = modules.facts(module);
    let own = depth == DEPTH;
    scan::inside(modules, module, span).any(|(_, node)| match &node.kind {
        Expression::New { callee, .. } => {
            let at = In {
                module,
                id: *callee,
            };
            let name = guard::label(modules, at);
            let refusal = name.ends_with("Exception")
                || name.ends_with("Error") && (own || name.as_str() != "Error");
            let mut inside = scan::inside(modules, module, node.span);
            refusal
                && !inside.any(|(_, node)| {
                    matches!(&node.kind, Expression::String(code)
                        if INDIFFERENT.contains(&code.as_str()))
                })
        }
        Expression::Call { callee, .. } => {
            let at = In {
                module,
                id: *callee,
            };
            let name = match facts.expression(*callee) {
                Expression::Identifier { .. } | Expression::Member { .. } => {
                    guard::label(modules, at).to_ascii_lowercase()
                }
                _ => return false,
            };
            if REFUSING.iter().any(|word| name.contains(word)) {
                return true;
            }
            let called = depth.checked_sub(1).zip(function(modules, at));
            called.is_some_and(|(depth, called)| {
                let span = modules.facts(called.module).function(called.id).span;
                // What calls itself, or stands inside of what is looked at, was seen.
                let seen = called.module == module && span.contains(node.span);
                depth > 0 && !seen && refuses(modules, called.module, span, depth)
            })
        }
        _ => false,
    })
}
