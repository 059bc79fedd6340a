//! Handlers of webhooks that change nothing: whoever sends them gains nothing.

use rustc_hash::FxHashSet;
use snell_extract::facts::{BindingKind, Expression, ExpressionId, ModuleFacts};
use snell_flow::{EventKind, Summary};
use snell_project::module::{ExpressionRef, FunctionRef};

use crate::rule::Context;

/// Calls inside calls that are looked into.
pub(in crate::rules::security) const DEPTH: u32 = 8;

/// Functions without a name of their own in the module that reach others.
const REACHES: [&str; 3] = ["fetch", "require", "eval"];

/// Packages whose functions and classes only reckon, or make what is thrown.
const RECKONS: [&str; 5] = ["crypto", "buffer", "util", "querystring", "@nestjs/common"];

/// The handlers that change nothing, and hand nothing to anybody who might.
pub(super) fn handlers(context: &Context<'_>) -> FxHashSet<FunctionRef> {
    let flows = context.flow.endpoints();
    let idle = flows.filter(|flow| is_idle(context, &flow.summary, DEPTH));
    idle.map(|flow| context.project.endpoints.get(flow.endpoint).handler)
        .collect()
}

/// Whether a function writes nothing, and calls nothing that is not known to be harmless.
pub(in crate::rules::security) fn is_idle(
    context: &Context<'_>,
    summary: &Summary,
    depth: u32,
) -> bool {
    let Some(depth) = depth.checked_sub(1).filter(|_| !summary.cut) else {
        return false;
    };
    summary.events.iter().all(|event| match &event.kind {
        EventKind::Query(query) => {
            let operation = context.project.calls.get(query.call).operation;
            !operation.is_write() && !operation.is_raw()
        }
        EventKind::Call { summary, .. } => is_idle(context, summary, depth),
        EventKind::Unfollowed { at, .. } => is_harmless(context, *at),
        EventKind::Answer { .. } | EventKind::Check { .. } | EventKind::Return { .. } => true,
    })
}

/// Whether a call is of JavaScript itself, of a value at hand, or of what writes a log.
fn is_harmless(context: &Context<'_>, at: ExpressionRef) -> bool {
    let facts = context.project.modules.facts(at.module);
    let callee = match facts.expression(at.id) {
        Expression::Call { callee, .. } | Expression::New { callee, .. } => *callee,
        _ => return false,
    };
    let (root, field) = root(facts, callee);
    match facts.expression(root) {
        Expression::This => field.is_some_and(|field| field.to_ascii_lowercase().contains("log")),
        Expression::Identifier {
            name,
            binding: None,
        } => !REACHES.contains(&name.as_str()),
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Import(number) => facts
                .imports
                .get(*number as usize)
                .is_some_and(|import| is_reckoning(&import.source.text)),
            BindingKind::Class(_) => false,
            _ => field.is_some(),
        },
        // `[a, b].some(...)`, `(text || '').trim()`
        _ => field.is_some(),
    }
}

/// Where a chain of calls and members begins, and the first member after it.
fn root(facts: &ModuleFacts, mut id: ExpressionId) -> (ExpressionId, Option<&str>) {
    let mut field = None;
    loop {
        id = facts.unwrap_casts(id);
        match facts.expression(id) {
            Expression::Member {
                object, property, ..
            } => {
                field = Some(property.text.as_str());
                id = *object;
            }
            Expression::Call { callee, .. } => id = *callee,
            _ => return (id, field),
        }
    }
}

fn is_reckoning(specifier: &str) -> bool {
    RECKONS.contains(&specifier.strip_prefix("node:").unwrap_or(specifier))
}
