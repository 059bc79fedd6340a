//! What runs before an endpoint writes.

use snell_flow::{
    Event, EventKind, Fact, Facts, Value,
    scope::{Origin, leaves, origins},
};
use snell_project::{client::CallId, module::FunctionRef};

use super::SECRETS;
use crate::rule::Context;

/// Calls inside calls that are looked into.
const DEPTH: u32 = 8;

/// Names under which events say what happened.
const KINDS: [&str; 8] = [
    "type",
    "event",
    "eventtype",
    "event_type",
    "eventname",
    "event_name",
    "topic",
    "action",
];

/// The last write of an endpoint.
pub(super) struct Written {
    pub(super) call: CallId,
    /// The functions that run before it, each with the end of what does.
    pub(super) before: Vec<(FunctionRef, u32)>,
    /// It is written when what was sent says that something has happened.
    pub(super) of_event: bool,
    /// A row was looked up by a secret that was sent.
    pub(super) by_secret: bool,
}

/// The last write that an endpoint does, with what runs before it.
pub(super) fn last_write(
    context: &Context<'_>,
    handler: FunctionRef,
    events: &[Event],
) -> Option<Written> {
    let mut search = Search {
        context,
        around: Vec::new(),
        before: Vec::new(),
        facts: Vec::new(),
        by_secret: false,
        found: None,
    };
    search.events(handler, events, DEPTH);
    search.found
}

struct Search<'a, 'e> {
    context: &'a Context<'a>,
    /// The functions around what is looked at, up to where they call it.
    around: Vec<(FunctionRef, u32)>,
    /// Functions that have run to their end.
    before: Vec<(FunctionRef, u32)>,
    /// What holds where the functions around are called.
    facts: Vec<&'e Facts>,
    by_secret: bool,
    found: Option<Written>,
}

impl<'e> Search<'_, 'e> {
    fn events(&mut self, function: FunctionRef, events: &'e [Event], depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        let modules = &self.context.project.modules;
        for event in events {
            self.facts.push(&event.facts);
            match &event.kind {
                EventKind::Query(query) => {
                    let call = self.context.project.calls.get(query.call);
                    let end = modules.facts(call.module).span(call.expression).end;
                    self.by_secret |= query.arguments.iter().any(asks_for_secret);
                    if call.operation.is_write() && call.model().is_some() {
                        let own = [(function, end)].into_iter();
                        let before = self.before.iter().chain(&self.around).copied();
                        self.found = Some(Written {
                            call: query.call,
                            before: before.chain(own).collect(),
                            of_event: self
                                .facts
                                .iter()
                                .any(|facts| facts.iter().any(says_what_happened)),
                            by_secret: self.by_secret,
                        });
                    }
                }
                EventKind::Call { at, summary } => {
                    let end = modules.facts(at.module).span(at.id).end;
                    self.around.push((function, end));
                    self.events(summary.function, &summary.events, depth);
                    self.around.pop();
                    self.before.push((summary.function, u32::MAX));
                }
                _ => {}
            }
            self.facts.pop();
        }
    }
}

/// Whether rows are looked up by a secret that the client sent.
fn asks_for_secret(arguments: &Value) -> bool {
    let filter = arguments
        .as_object()
        .and_then(|object| object.entries.get("where"));
    let Some(leaves) = filter.and_then(|filter| leaves(&filter.value)) else {
        return false;
    };
    leaves.iter().any(|leaf| {
        let name = leaf.path.last().map(|name| name.to_ascii_lowercase());
        name.is_some_and(|name| SECRETS.iter().any(|word| name.contains(word)))
            && !leaf.value.is_constant()
    })
}

/// `event.type === 'user.created'`
fn says_what_happened(fact: &Fact) -> bool {
    let kind = |value: &Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            if let Origin::Client(key) = origin {
                let name = key.path.last().map(|name| name.to_ascii_lowercase());
                found |=
                    key.part == "body" && name.is_some_and(|name| KINDS.contains(&name.as_str()));
            }
        });
        found
    };
    let happened = |value: &Value| {
        let text = value.constant_text();
        text.is_some_and(|text| text.contains(['.', '_', ':']))
    };
    match fact {
        Fact::Equal(a, b) | Fact::Member(a, b) => kind(a) && happened(b) || kind(b) && happened(a),
        Fact::OneOf(groups) => groups
            .iter()
            .flat_map(|group| group.iter())
            .any(says_what_happened),
        _ => false,
    }
}
