//! What runs inside the callback of an interactive transaction, calls opened.

use snell_extract::facts::{Expression, ExpressionKind, Property};
use snell_flow::{Event, EventKind, Loop, Query, Summary};
use snell_project::{
    Project,
    client::{CallId, ClientCall},
    module::ExpressionRef,
};
use snell_source::Location;

use crate::{functions, rule::Context};

/// Calls between a transaction's callback and what runs in it.
const MAX_CHAIN: usize = 4;
/// Events looked at below one call of a callback.
const MAX_EVENTS: usize = 600;

/// One thing that runs inside a transaction.
pub(super) struct Inside<'a> {
    /// The transaction.
    pub(super) transaction: CallId,
    /// The function that opens it.
    pub(super) opener: &'a Summary,
    /// The calls from the callback to it, outermost first.
    pub(super) chain: Vec<ExpressionRef>,
    /// The outermost loop inside the transaction that it stands in.
    pub(super) around: Option<&'a Loop>,
    /// What it is.
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    Query(&'a Query),
    Unfollowed(ExpressionRef),
}

/// Everything inside the interactive transactions that a function opens itself.
pub(super) fn inside<'a>(context: &Context<'a>, summary: &'a Summary) -> Vec<Inside<'a>> {
    let mut search = Search {
        project: context.project,
        opener: summary,
        left: 0,
        found: Vec::new(),
    };
    for event in &summary.events {
        let Some(transaction) = event.transaction else {
            continue;
        };
        if let Some(callback) = callback(context, transaction) {
            let facts = context.project.modules.facts(callback.module);
            let span = facts.function(callback.id).span;
            // Loops around the transaction open a new one for each round.
            let mut loops = event.loops.iter();
            let around = loops.find(|around| {
                span.contains(around.at.span)
                    && context.project.modules.get(callback.module).file == around.at.file
            });
            search.left = MAX_EVENTS;
            search.event(event, transaction, around, &mut Vec::new());
        }
    }
    search.found
}

struct Search<'a> {
    project: &'a Project,
    opener: &'a Summary,
    left: usize,
    found: Vec<Inside<'a>>,
}

impl<'a> Search<'a> {
    fn event(
        &mut self,
        event: &'a Event,
        transaction: CallId,
        around: Option<&'a Loop>,
        chain: &mut Vec<ExpressionRef>,
    ) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let what = match &event.kind {
            EventKind::Query(query) => What::Query(query),
            EventKind::Unfollowed { at, .. } => What::Unfollowed(*at),
            EventKind::Call { at, summary } => {
                if chain.len() < MAX_CHAIN && !is_left_alone(self.project, *at, summary) {
                    chain.push(*at);
                    for inner in &summary.events {
                        // Another transaction is another matter, and none waits for a timer.
                        if inner.transaction.is_none() && !inner.later {
                            let around = around.or(inner.loops.first());
                            self.event(inner, transaction, around, chain);
                        }
                    }
                    chain.pop();
                }
                return;
            }
            EventKind::Check { .. } | EventKind::Answer { .. } | EventKind::Return { .. } => return,
        };
        self.found.push(Inside {
            transaction,
            opener: self.opener,
            chain: chain.clone(),
            around,
            what,
        });
    }
}

/// Whether nobody waits for what a call promises: `notify(row).catch(() => {})`, a statement of its own.
fn is_left_alone(project: &Project, at: ExpressionRef, summary: &Summary) -> bool {
    let called = functions::declared(project, summary.function);
    if !called.is_some_and(|function| function.is_async) {
        return false;
    }
    let module = project.modules.get(at.module);
    let mut promise = at.id;
    while !module.context.is_discarded(promise) {
        let member = module.context.parent(promise);
        let handled = member.filter(|member| {
            matches!(module.facts.expression(*member), Expression::Member { object, property, .. }
                if *object == promise && ["then", "catch", "finally"].contains(&property.text.as_str()))
        });
        match handled.and_then(|member| module.context.parent(member)) {
            Some(call) => promise = call,
            None => return false,
        }
    }
    true
}

/// The callback of an interactive transaction, `$transaction(async (tx) => ...)`.
pub(super) fn callback(
    context: &Context<'_>,
    transaction: CallId,
) -> Option<snell_project::module::FunctionRef> {
    let call = context.project.calls.get(transaction);
    let facts = context.project.modules.facts(call.module);
    let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
        return None;
    };
    let first = facts.unwrap_casts(arguments.first()?.value);
    match facts.expression(first) {
        Expression::Function(id) => Some(snell_project::module::In {
            module: call.module,
            id: *id,
        }),
        _ => None,
    }
}

/// An option that a transaction is given as it is written: its key, and the text of its value.
pub(super) fn option<'a>(
    context: &Context<'a>,
    call: &ClientCall,
    name: &str,
) -> Option<(Location, &'a str)> {
    let facts = context.project.modules.facts(call.module);
    let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
        return None;
    };
    let options = facts.unwrap_casts(arguments.get(1)?.value);
    let Expression::Object(properties) = facts.expression(options) else {
        return None;
    };
    let at = |span| context.project.modules.at(call.module, span);
    properties.iter().find_map(|property| match property {
        Property::Value { key, value, .. } => {
            let key = key.name().filter(|key| key.text == name)?;
            Some((at(key.span), context.sources.text(at(facts.span(*value)))))
        }
        _ => None,
    })
}

/// The call that opens a transaction, as it is written.
pub(super) fn text<'a>(context: &Context<'a>, transaction: CallId) -> &'a str {
    let call = context.project.calls.get(transaction);
    let facts = context.project.modules.facts(call.module);
    let whole = facts.span(call.expression);
    context
        .sources
        .text(context.project.modules.at(call.module, whole))
}

/// How a claim by `updateMany` stops who comes second.
pub(super) fn stop_at_none(context: &Context<'_>, call: &ClientCall) -> String {
    let stop = "and stop when its `count` is 0";
    match is_listed(context, call) {
        true => format!(
            "{stop}: in a `$transaction([...])` nothing reads the `count`, `$transaction(async (tx) => ...)` can"
        ),
        false => stop.to_owned(),
    }
}

/// Whether a query is one of the list that is handed to `$transaction([...])`.
fn is_listed(context: &Context<'_>, call: &ClientCall) -> bool {
    let facts = context.project.modules.facts(call.module);
    facts.all([ExpressionKind::Call]).any(|(_, node)| {
        let Expression::Call {
            callee, arguments, ..
        } = &node.kind
        else {
            return false;
        };
        let is_transaction = matches!(facts.expression(*callee),
            Expression::Member { property, .. } if property.text == "$transaction");
        is_transaction
            && arguments.first().is_some_and(|list| {
                let list = facts.unwrap_casts(list.value);
                matches!(facts.expression(list), Expression::Array { .. })
                    && facts.span(list).contains(call.name.span)
            })
    })
}

/// Calls between a function and the query that locks for it.
const LOCKS_WITHIN: u32 = 2;

/// Whether a function locks rows, or takes an advisory lock, itself or by a helper.
pub(in crate::rules) fn takes_locks(context: &Context<'_>, summary: &Summary) -> bool {
    takes_locks_within(context, summary, LOCKS_WITHIN)
}

fn takes_locks_within(context: &Context<'_>, summary: &Summary, depth: u32) -> bool {
    summary.events.iter().any(|event| match &event.kind {
        EventKind::Query(query) => locks(context, query),
        EventKind::Call { summary, .. } => depth
            .checked_sub(1)
            .is_some_and(|depth| takes_locks_within(context, summary, depth)),
        _ => false,
    })
}

/// Whether a query is there to lock: `FOR UPDATE`, `LOCK TABLE`, `pg_advisory_xact_lock`.
fn locks(context: &Context<'_>, query: &Query) -> bool {
    let Some(raw) = context.raw.get(query.call) else {
        return false;
    };
    let texts = raw.runs.iter().flat_map(|run| &run.texts);
    let mut texts = texts.map(|text| text.text.to_ascii_lowercase());
    texts.any(|text| {
        ["for update", "lock table", "advisory"]
            .iter()
            .any(|words| text.contains(words))
    })
}
