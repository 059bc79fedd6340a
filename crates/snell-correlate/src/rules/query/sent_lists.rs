//! Loops whose rounds a client decides: they go through what it sends.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use snell_flow::{LoopId, Once, Root, Value};

use super::repeated::Repeated;
use crate::rule::Context;

/// Whether a client sends what is gone through: how many rounds there are is theirs to say.
pub(super) fn decide(context: &Context<'_>, one: &Repeated<'_>) -> bool {
    let sent: Arc<SentLists> = context.shared.get_or_init(|| SentLists::find(context));
    sent.0.contains(&one.around.id)
}

/// The loops that go through what a client sends, as endpoints run them.
#[derive(Debug, Default)]
struct SentLists(FxHashSet<LoopId>);

impl SentLists {
    /// Those of all endpoints that answer requests.
    fn find(context: &Context<'_>) -> Self {
        let mut found = FxHashSet::default();
        let mut once = Once::of(context.flow);
        for entered in context.flow.endpoints() {
            let endpoint = context.project.endpoints.get(entered.endpoint);
            if endpoint.kind.is_request() {
                once.visit(&entered.summary, &mut |event| {
                    let loops = event.loops.iter();
                    let sent = loops.filter(|around| is_sent(&around.iterable));
                    found.extend(sent.map(|around| around.id));
                });
            }
        }
        SentLists(found)
    }
}

/// Whether a list is one that the client sent, or is made of such a one.
fn is_sent(list: &Value) -> bool {
    match list {
        Value::Opaque(opaque) => matches!(opaque.root, Root::ClientInput(..)),
        Value::Array(array) => array.rest.as_ref().is_some_and(is_sent),
        Value::OneOf(choices) => choices.iter().any(|choice| is_sent(&choice.value)),
        _ => false,
    }
}
