//! Who comes to a call of the client: somebody who waits, or nobody.

use rustc_hash::FxHashSet;
use snell_project::{client::CallId, endpoint::EndpointKind};

use crate::rule::Context;

/// Who comes to the calls of the client.
#[derive(Debug, Default)]
struct Callers {
    /// Somebody waits for the answer.
    requested: FxHashSet<CallId>,
    /// Schedules, queues and events.
    in_background: FxHashSet<CallId>,
    /// What the framework calls at the start.
    at_start: FxHashSet<CallId>,
}

/// Who alone comes to a call, when nobody waits for an answer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unawaited {
    /// Schedules, queues and events.
    Background,
    /// The start of the application.
    Start,
}

/// Whether no request comes to a call, as far as endpoints were followed.
pub(super) fn unawaited(context: &Context<'_>, call: CallId) -> Option<Unawaited> {
    let callers = context.shared.get_or_init(|| {
        let mut callers = Callers::default();
        for walked in context.walks {
            let kind = context.project.endpoints.get(walked.endpoint).kind;
            let of = match kind {
                EndpointKind::Start => &mut callers.at_start,
                EndpointKind::Job | EndpointKind::Cron | EndpointKind::Event => {
                    &mut callers.in_background
                }
                _ => &mut callers.requested,
            };
            of.extend(walked.walk.queries.iter().map(|reached| reached.query.call));
        }
        callers
    });
    if callers.requested.contains(&call) {
        None
    } else if callers.in_background.contains(&call) {
        Some(Unawaited::Background)
    } else {
        callers.at_start.contains(&call).then_some(Unawaited::Start)
    }
}
