//! Queries that run once for each element of something: in a loop itself, or
//! in a function that the loop calls.

use std::{ops::RangeInclusive, sync::Arc};

use rustc_hash::FxHashSet;
use snell_extract::facts::Expression;
use snell_flow::{
    Event, EventKind, Facts, Loop, LoopId, LoopKind, Query, Root, Step, Summary, Value,
};
use snell_project::{
    client::{CallId, ClientCall, Operation},
    module::{ExpressionRef, FunctionRef},
    types::Types,
};
use snell_source::Location;

pub(super) use super::changing::{changing_word, is_write};
use super::{
    never,
    rounds::{asks_others, awaits_others, does_something},
    shape, timed,
};
use crate::{functions, rule::Context};

/// A query that runs once for each element.
pub(super) struct Repeated<'a> {
    /// The function that holds the loop.
    pub(super) function: FunctionRef,
    /// The loop.
    pub(super) around: &'a Loop,
    /// The calls from the loop to the query, outermost first.
    pub(super) chain: Vec<ExpressionRef>,
    /// The query.
    pub(super) query: &'a Query,
    /// Whether a `return` in the loop may end it early.
    pub(super) may_end_early: bool,
    /// Whether what the loop calls also writes.
    pub(super) callee_writes: bool,
    /// Whether something else that the loop calls writes.
    pub(super) others_write: bool,
    /// Whether each round waits for another system, too.
    pub(super) waits: bool,
    /// Whether each round waits for work that is nothing of the database.
    pub(super) works: bool,
    /// Whether each round sends other queries, or calls other functions, too.
    pub(super) among_others: bool,
}

/// Calls between a loop and a query.
const MAX_CHAIN: usize = 3;
/// The same from an endpoint, where more is known of what is called.
const MAX_ENTERED: usize = 5;
/// Events looked at for one function.
const MAX_EVENTS: usize = 4_000;

/// All of them, in the order of functions and places.
pub(super) fn all<'a>(context: &Context<'a>) -> Vec<Repeated<'a>> {
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let alone = context.flow.functions().map(|own| (own, 0..=MAX_CHAIN));
    // What is nearer is found above, where nothing is known of who calls.
    let further = MAX_CHAIN + 1..=MAX_ENTERED;
    let entered = context.flow.endpoints();
    let entered = entered.map(|entered| (&entered.summary, further.clone()));
    for (owner, chains) in alone.chain(entered) {
        if functions::is_application(context.project, owner.function.module) {
            let mut search = Search {
                context,
                owner,
                left: MAX_EVENTS,
                callee_writes: false,
                chains,
                found: &mut found,
                held: Vec::new(),
                seen: &mut seen,
            };
            search.events(&owner.events, None, &mut Vec::new());
        }
    }
    found
}

struct Search<'a, 's> {
    context: &'s Context<'a>,
    owner: &'a Summary,
    left: usize,
    callee_writes: bool,
    /// How many calls away the queries are that are looked for.
    chains: RangeInclusive<usize>,
    found: &'s mut Vec<Repeated<'a>>,
    /// What holds at the calls that lead to what is looked at.
    held: Vec<&'a Facts>,
    /// The loops and queries of those, with the first calls that lead there.
    seen: &'s mut FxHashSet<(LoopId, CallId, Option<ExpressionRef>)>,
}

impl<'a> Search<'a, '_> {
    /// Events of the function itself, or of one that it calls inside `loops`.
    fn events(
        &mut self,
        events: &'a [Event],
        loops: Option<&'a Arc<[Loop]>>,
        chain: &mut Vec<ExpressionRef>,
    ) {
        for event in events {
            let loops = loops.unwrap_or(&event.loops);
            if loops.is_empty() || self.left == 0 {
                continue;
            }
            self.left -= 1;
            match &event.kind {
                EventKind::Query(query) if self.chains.contains(&chain.len()) => {
                    self.query(query, event, loops, chain);
                }
                EventKind::Call { at, summary } if chain.len() < *self.chains.end() => {
                    if chain.is_empty() {
                        self.callee_writes = self.writes(&summary.events, *self.chains.end());
                    }
                    chain.push(*at);
                    self.held.push(&event.facts);
                    self.events(&summary.events, Some(loops), chain);
                    self.held.pop();
                    chain.pop();
                }
                _ => {}
            }
        }
    }

    fn query(
        &mut self,
        query: &'a Query,
        event: &'a Event,
        loops: &'a Arc<[Loop]>,
        chain: &[ExpressionRef],
    ) {
        let call = self.context.project.calls.get(query.call);
        let never = never::comes(self.context.project, &self.held, &event.facts);
        if call.operation == Operation::Transaction || self.is_batched(event) || never {
            return;
        }
        let query_at = ExpressionRef {
            module: call.module,
            id: call.expression,
        };
        let around = loops.iter().rev().find(|around| {
            query
                .arguments
                .iter()
                .any(|argument| argument.depends_on_loop(around.id))
        });
        let Some(around) = around else { return };
        if !self.grows(around) || !shape::is_keyed(query, around.id) {
            return;
        }
        // What a timer calls runs when the loop is long over.
        let mut sites = chain.iter().copied().chain([query_at]).enumerate();
        if sites.any(|(n, at)| timed::is_timed(self.context, at, (n == 0).then_some(around))) {
            return;
        }
        let first = chain.first().copied();
        if self.seen.insert((around.id, query.call, first)) {
            self.found.push(Repeated {
                function: self.owner.function,
                around,
                chain: chain.to_vec(),
                query,
                callee_writes: !chain.is_empty() && self.callee_writes,
                others_write: self.others_write(around, chain),
                waits: self.waits(around),
                works: self.works(around),
                among_others: self.does_more(around, query),
                may_end_early: around.kind == LoopKind::Of && self.returns_inside(around),
            });
        }
    }

    /// Whether a function, or what it calls, writes rows.
    fn writes(&self, events: &[Event], depth: usize) -> bool {
        events.iter().any(|event| match &event.kind {
            EventKind::Query(query) => is_write(self.context, query),
            EventKind::Call { summary, .. } => depth > 1 && self.writes(&summary.events, depth - 1),
            _ => false,
        })
    }

    /// Whether the loop calls another function that writes.
    fn others_write(&self, around: &Loop, chain: &[ExpressionRef]) -> bool {
        self.owner.events.iter().any(|event| match &event.kind {
            EventKind::Call { at, summary } => {
                chain.first() != Some(at)
                    && event.loops.iter().any(|inner| inner.id == around.id)
                    && self.writes(&summary.events, MAX_CHAIN)
            }
            _ => false,
        })
    }

    /// Whether a loop asks another system in each round.
    fn waits(&self, around: &Loop) -> bool {
        let types = Types::new(&self.context.project.modules);
        let events = self.owner.events.iter();
        let inside = events.filter(|event| event.loops.iter().any(|one| one.id == around.id));
        inside
            .into_iter()
            .any(|event| asks_others(self.context, &types, event, MAX_CHAIN))
    }

    /// Whether a round waits for something that is neither a query nor leads to queries alone.
    fn works(&self, around: &Loop) -> bool {
        let events = self.owner.events.iter();
        let inside = events.filter(|event| event.loops.iter().any(|one| one.id == around.id));
        inside
            .into_iter()
            .any(|event| awaits_others(self.context, event, MAX_CHAIN))
    }

    /// `$transaction([...])` sends its statements together.
    fn is_batched(&self, event: &Event) -> bool {
        let Some(transaction) = event.transaction else {
            return false;
        };
        let call = self.context.project.calls.get(transaction);
        let facts = self.context.project.modules.facts(call.module);
        let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
            return false;
        };
        arguments.first().is_some_and(|argument| {
            !matches!(
                facts.expression(facts.unwrap_casts(argument.value)),
                Expression::Function(_)
            )
        })
    }

    /// Whether a loop's rounds send other queries or call other functions.
    fn does_more(&self, around: &Loop, query: &Query) -> bool {
        let call = self.context.project.calls.get(query.call);
        let facts = self.context.project.modules.facts(call.module);
        // `this.client().user.update(...)`: the call that gives the client is part of the query.
        let receiver = match facts.expression(call.expression) {
            Expression::Call { callee, .. } => Some(facts.span(*callee)),
            _ => None,
        };
        let gives_client = |at: ExpressionRef| {
            at.module == call.module
                && receiver.is_some_and(|receiver| receiver.contains(facts.span(at.id)))
        };
        self.owner.events.iter().any(|event| {
            event.loops.iter().any(|inner| inner.id == around.id)
                && match &event.kind {
                    EventKind::Query(other) => other.call != query.call,
                    EventKind::Call { at, summary } => {
                        !gives_client(*at) && does_something(summary)
                    }
                    _ => false,
                }
        })
    }

    fn returns_inside(&self, around: &Loop) -> bool {
        self.owner.events.iter().any(|event| {
            matches!(event.kind, EventKind::Return { .. })
                && event
                    .loops
                    .last()
                    .is_some_and(|inner| inner.id == around.id)
        })
    }

    /// Whether the number of rounds grows with data.
    fn grows(&self, around: &Loop) -> bool {
        let head = self.context.text(around.at);
        match around.kind {
            LoopKind::While => return false,
            LoopKind::Counted => return counts_elements(self.context, around),
            LoopKind::Callback if !runs_for_each(head) => return false,
            LoopKind::Of | LoopKind::Callback => {}
        }
        let lower = head.to_ascii_lowercase();
        let in_parts = ["chunk", "batch", "slices"]
            .iter()
            .any(|w| lower.contains(w));
        !in_parts && is_list_of_data(&around.iterable)
    }
}

/// `xs.map`, `xs.forEach`, ...; what comes before a callback of `Array.from` has no dot.
fn runs_for_each(head: &str) -> bool {
    let method = head.rsplit(['.', '?']).next().unwrap_or(head).trim();
    !matches!(
        method,
        "find" | "findLast" | "findIndex" | "some" | "every" | "sort" | "toSorted"
    )
}

/// `for (let i = 0; i < xs.length; i++)`: neither retries nor parts of a list.
fn counts_elements(context: &Context<'_>, around: &Loop) -> bool {
    let head = context.text(around.at);
    if !(head.contains(".length") || head.contains(".size")) {
        return false;
    }
    let text = &context.sources.file(around.at.file).text;
    let rest = text.get(around.at.span.end as usize..).unwrap_or_default();
    let update = rest.split('{').next().unwrap_or_default();
    update.contains("++") || update.contains("+= 1)")
}

/// Whether a list comes from the database, a caller or a computation, rather
/// than being written down in the code.
fn is_list_of_data(list: &Value) -> bool {
    match list {
        Value::Array(array) => match &array.rest {
            Some(rest) => !rest.is_constant(),
            None => false,
        },
        Value::OneOf(choices) => choices
            .iter()
            .map(|choice| &choice.value)
            .any(is_list_of_data),
        Value::Opaque(opaque) => !matches!(
            opaque.root,
            Root::Outer(_) | Root::Environment | Root::Field(..)
        ),
        Value::Unknown => true,
        _ => false,
    }
}

impl Repeated<'_> {
    /// The call.
    pub(super) fn call<'a>(&self, context: &Context<'a>) -> &'a ClientCall {
        context.project.calls.get(self.query.call)
    }

    /// Where in the loop: the query's name, or the call that leads to it.
    pub(super) fn place(&self, context: &Context<'_>) -> Location {
        match self.chain.first() {
            Some(call) => callee_name(context, *call),
            None => self.query_name(context),
        }
    }

    /// Where the query's method stands.
    pub(super) fn query_name(&self, context: &Context<'_>) -> Location {
        let call = self.call(context);
        context.project.modules.at(call.module, call.name.span)
    }

    /// `agentConfig.findMany`, `$queryRaw`.
    pub(super) fn title(&self, context: &Context<'_>) -> String {
        title(context, self.call(context))
    }

    /// What is gone through, as a reader would name it.
    pub(super) fn list_name(&self, context: &Context<'_>) -> Option<String> {
        let head = context.text(self.around.at);
        let name = match self.around.kind {
            LoopKind::Of => head
                .split_once(" of ")
                .or_else(|| head.split_once(" in "))?
                .1
                .trim(),
            LoopKind::Callback => head.rsplit_once('.').map_or(head, |(list, _)| list).trim(),
            LoopKind::Counted => head
                .rsplit_once(".length")
                .or_else(|| head.rsplit_once(".size"))?
                .0
                .rsplit([' ', '<', '('])
                .next()?,
            LoopKind::While => return None,
        };
        let name = functions::short(name.trim_end_matches('?'));
        let plain = name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '?' | '!' | '$'));
        (plain && name.len() <= 32 && !name.is_empty()).then_some(name)
    }

    /// `elements of xs`, `elements of the list`
    pub(super) fn rounds(&self, context: &Context<'_>) -> String {
        match self.list_name(context) {
            Some(name) => format!("once for each element of `{name}`"),
            None => "once for each round of the loop".to_owned(),
        }
    }

    /// Whether what is gone through was read from the database.
    pub(super) fn is_list_of_rows(&self) -> bool {
        let mut rows = false;
        self.around.iterable.visit(&mut |value| {
            if let Value::Opaque(opaque) = value {
                rows |= matches!(opaque.root, Root::Row(_));
            }
        });
        rows
    }

    /// Whether the loop calls what changes something, by its name: `deleteBase`.
    pub(super) fn calls_an_operation(&self, context: &Context<'_>) -> bool {
        self.chain.first().is_some_and(|call| {
            let name = context.text(callee_name(context, *call));
            let verb: String = name
                .chars()
                .take_while(|c| !c.is_ascii_uppercase() && *c != '_')
                .collect();
            OPERATIONS.split_whitespace().any(|word| word == verb)
        })
    }

    /// The most elements that the list can have, when the query that gave it says so.
    pub(super) fn bound(&self, context: &Context<'_>) -> Option<u32> {
        let row = match &self.around.iterable {
            Value::Array(array) => array.rest.as_ref()?,
            other => other,
        };
        let Value::Opaque(opaque) = row else {
            return None;
        };
        let plain = opaque.path.iter().all(|step| matches!(step, Step::Each(_)));
        match &opaque.root {
            Root::Row(row) if plain => {
                match context.project.calls.get(row.call).operation.is_raw() {
                    true => shape::constant_limit(&row.arguments),
                    false => shape::constant_take(&row.arguments),
                }
            }
            _ => None,
        }
    }
}

/// First words of the names of functions that change something.
const OPERATIONS: &str = "add apply approve archive assign award ban cancel clean clone convert copy create delete detach disable duplicate enable expire generate \
    import insert install merge move permanent process publish refund remove reset resolve restore save send set sync update upsert write";

/// Whether nobody waits for what a function does: a job, a queue, a webhook,
/// by its decorator or by its path.
pub(super) fn is_background(context: &Context<'_>, function: FunctionRef) -> bool {
    const PARTS: [&str; 13] = [
        "cron",
        "crons",
        "job",
        "jobs",
        "worker",
        "workers",
        "queue",
        "queues",
        "processor",
        "processors",
        "tasks",
        "webhook",
        "webhooks",
    ];
    let path = &context.project.modules.get(function.module).path;
    functions::is_job(context.project, function)
        || functions::is_called_by_jobs(context.project, function)
        || path
            .split(['/', '.', '-', '_'])
            .any(|part| PARTS.contains(&part))
}

/// `agentConfig.findMany`, `$queryRaw`.
pub(in crate::rules) fn title(context: &Context<'_>, call: &ClientCall) -> String {
    let operation = call.operation.as_str();
    match call.model() {
        Some(model) => format!(
            "{}.{operation}",
            context.project.schemas.model(model).accessor
        ),
        None => operation.to_owned(),
    }
}

/// The name in `this.service.name(...)`.
pub(in crate::rules) fn callee_name(context: &Context<'_>, call: ExpressionRef) -> Location {
    let facts = context.project.modules.facts(call.module);
    let span = match facts.expression(call.id) {
        Expression::Call { callee, .. } => match facts.expression(*callee) {
            Expression::Member { property, .. } => property.span,
            _ => facts.span(*callee),
        },
        _ => facts.span(call.id),
    };
    context.project.modules.at(call.module, span)
}
