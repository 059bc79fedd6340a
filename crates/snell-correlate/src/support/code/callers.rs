//! Who comes to a call of the client: people, those who run the system, or nobody who waits; and
//! where the program is entered at all.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::Summary;
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
    module::FunctionRef,
};

use crate::{functions, rule::Context};

/// Who comes to the calls of the client, as far as endpoints were followed.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    /// Somebody waits for the answer.
    requested: FxHashSet<CallId>,
    /// Somebody who does not run the system waits for it.
    requested_by_people: FxHashSet<CallId>,
    /// Schedules, queues and events.
    in_background: FxHashSet<CallId>,
    /// What the framework calls at the start.
    at_start: FxHashSet<CallId>,
    /// Endpoints of administrators, and the start.
    by_few: FxHashSet<CallId>,
    /// All other endpoints.
    by_many: FxHashSet<CallId>,
    /// Run once for each element of something.
    in_loop: FxHashSet<CallId>,
    /// How many endpoints come.
    endpoints: FxHashMap<CallId, u32>,
}

/// Who alone comes to a call, when nobody waits for an answer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unawaited {
    /// Schedules, queues and events.
    Background,
    /// The start of the application.
    Start,
}

impl Callers {
    /// Finds them, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Callers::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let mut callers = Callers::default();
        for walked in context.walks {
            let endpoint = context.project.endpoints.get(walked.endpoint);
            let mut counted = FxHashSet::default();
            for reached in &walked.walk.queries {
                let call = reached.query.call;
                callers.add(endpoint, call);
                if !reached.loops.is_empty() {
                    callers.in_loop.insert(call);
                }
                if counted.insert(call) {
                    *callers.endpoints.entry(call).or_default() += 1;
                }
            }
        }
        callers
    }

    fn add(&mut self, endpoint: &Endpoint, call: CallId) {
        match endpoint.kind {
            EndpointKind::Start => self.at_start.insert(call),
            EndpointKind::Job | EndpointKind::Cron | EndpointKind::Event => {
                self.in_background.insert(call)
            }
            _ => self.requested.insert(call),
        };
        let access = &endpoint.access;
        let administrative = access.administrative || access.exempt && !access.of_staff;
        let few = administrative || endpoint.kind == EndpointKind::Start;
        match few {
            true => self.by_few.insert(call),
            false => self.by_many.insert(call),
        };
        if endpoint.kind.is_request() && !administrative {
            self.requested_by_people.insert(call);
        }
    }

    /// Whether a request of somebody who does not run the system comes to a call.
    pub(crate) fn is_requested_by_people(&self, call: CallId) -> bool {
        self.requested_by_people.contains(&call)
    }

    /// Whether a request runs a call once for each element of something.
    pub(crate) fn is_in_loop(&self, call: CallId) -> bool {
        self.in_loop.contains(&call)
    }

    /// How many endpoints come to a call.
    pub(crate) fn endpoints(&self, call: CallId) -> u32 {
        self.endpoints.get(&call).copied().unwrap_or(0)
    }

    /// Whether somebody waits for a call.
    pub(crate) fn is_requested(&self, call: CallId) -> bool {
        self.requested.contains(&call)
    }

    /// Whether schedules, queues or events come to a call.
    pub(crate) fn is_in_background(&self, call: CallId) -> bool {
        self.in_background.contains(&call)
    }

    /// Whether only those who run the system come to a call.
    pub(crate) fn is_for_few(&self, call: CallId) -> bool {
        self.by_few.contains(&call) && !self.by_many.contains(&call)
    }

    /// Who comes to a call, when no request does.
    pub(crate) fn unawaited(&self, call: CallId) -> Option<Unawaited> {
        if self.requested.contains(&call) {
            None
        } else if self.in_background.contains(&call) {
            Some(Unawaited::Background)
        } else {
            self.at_start.contains(&call).then_some(Unawaited::Start)
        }
    }
}

/// Where the program is entered: endpoints, and functions that nothing calls.
pub(crate) fn entries<'a>(context: &Context<'a>) -> Vec<(&'a Summary, Option<usize>)> {
    let graph = context.flow.call_graph();
    let mut handlers: FxHashSet<FunctionRef> = FxHashSet::default();
    let mut entries: Vec<(&Summary, Option<usize>)> = Vec::new();
    for entered in context.flow.endpoints() {
        handlers.insert(entered.summary.function);
        entries.push((&entered.summary, Some(entered.endpoint)));
    }
    let others = context.flow.functions().filter(|summary| {
        !graph.is_called(summary.function)
            && !handlers.contains(&summary.function)
            && functions::is_application(context.project, summary.function.module)
    });
    entries.extend(others.map(|summary| (&**summary, None)));
    entries
}
