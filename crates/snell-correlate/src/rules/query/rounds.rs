//! What else the rounds of a loop do.

use snell_extract::facts::Expression;
use snell_flow::{Event, EventKind, Summary, remote};
use snell_project::types::Types;

use crate::rule::Context;

/// Whether an event is a request to another system, or a call that makes one.
pub(super) fn asks_others(
    context: &Context<'_>,
    types: &Types<'_>,
    event: &Event,
    depth: usize,
) -> bool {
    match &event.kind {
        EventKind::Unfollowed { at, .. } => remote(context.project, types, *at).is_some(),
        EventKind::Call { summary, .. } if depth > 0 => {
            let mut events = summary.events.iter();
            events.any(|event| asks_others(context, types, event, depth - 1))
        }
        _ => false,
    }
}

/// Whether an event is a call of something unknown that is waited for, or a call that makes one.
pub(super) fn awaits_others(context: &Context<'_>, event: &Event, depth: usize) -> bool {
    match &event.kind {
        EventKind::Unfollowed { at, .. } => {
            let module = context.project.modules.get(at.module);
            let around = module.context.parent(at.id);
            around.is_some_and(|around| {
                matches!(module.facts.expression(around), Expression::Await(_))
            })
        }
        EventKind::Call { summary, .. } if depth > 0 => {
            let mut events = summary.events.iter();
            events.any(|event| awaits_others(context, event, depth - 1))
        }
        _ => false,
    }
}

/// Whether a function does more than give something back: one that hands out the client does not.
pub(super) fn does_something(summary: &Summary) -> bool {
    summary.events.iter().any(|event| {
        !matches!(
            event.kind,
            EventKind::Return { .. } | EventKind::Check { .. }
        )
    })
}
