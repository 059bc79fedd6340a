//! What a function writes, step by step.

use snell_flow::{Event, EventKind, Query, Summary};
use snell_project::{
    client::{CallId, ClientCall, Operation},
    module::{ExpressionRef, In, ModuleId},
    schema::ModelRef,
};
use snell_source::{Confidence, Span};

use super::{super::clients, is_let_go, waiting};
use crate::{functions, rule::Context, support::order::Place};

/// Words in the names of what is written beside the matter itself: its loss breaks nothing.
const ASIDE: [&str; 16] = [
    "log", "audit", "event", "metric", "track", "notif", "activit", "analytic", "history", "view",
    "stat", "usage", "job", "cache", "outbox", "webhook",
];
/// Calls between a function and a write of its.
const MAX_CHAIN: usize = 3;
/// Steps of one function that are looked at.
const MAX_ACTIONS: usize = 48;
/// Writes of one step that are looked at.
const MAX_WRITES: usize = 24;

/// One step of a function that writes: a query, or a call that leads to some.
#[derive(Debug)]
pub(super) struct Action<'a> {
    pub(super) module: ModuleId,
    /// Where it stands.
    pub(super) at: Span,
    pub(super) place: Place<'a>,
    /// Its event's position in the function's.
    pub(super) position: usize,
    pub(super) is_query: bool,
    /// The call, when it is one of the workspace.
    pub(super) call: Option<ExpressionRef>,
    /// Whether nobody waits for it, or its failure is dealt with on the spot.
    pub(super) is_let_go: bool,
    /// Whether the function waits for it (or who called, to whom it is given
    /// back): a promise in a list may become part of a transaction.
    pub(super) is_waited_for: bool,
    pub(super) writes: Vec<Write<'a>>,
}

/// A write of rows of one model.
#[derive(Debug)]
pub(super) struct Write<'a> {
    pub(super) call: CallId,
    pub(super) model: ModelRef,
    pub(super) kind: Kind,
    /// The arguments; none of raw SQL are compared.
    pub(super) query: Option<&'a Query>,
    operation: Operation,
}

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Update,
    Delete,
}

impl Write<'_> {
    /// The operation as a person calls it.
    pub(super) fn does(&self) -> &'static str {
        self.operation.as_str()
    }
}

/// The steps of a function that write outside of any transaction.
pub(super) fn actions<'a>(context: &Context<'a>, summary: &'a Summary) -> Vec<Action<'a>> {
    let module = summary.function.module;
    let facts = context.project.modules.facts(module);
    let function = functions::declared(context.project, summary.function)
        .is_some()
        .then_some(summary.function.id);
    let mut found = Vec::new();
    for (position, event) in summary.events.iter().enumerate() {
        if event.transaction.is_some() || found.len() >= MAX_ACTIONS {
            continue;
        }
        let mut writes = Vec::new();
        let (expression, call) = match &event.kind {
            EventKind::Query(query) => {
                let call = context.project.calls.get(query.call);
                let at = In {
                    module: call.module,
                    id: call.expression,
                };
                add(context, query, false, &mut writes);
                (at, None)
            }
            EventKind::Call { at, summary } => {
                collect(context, &summary.events, MAX_CHAIN, &mut writes);
                (*at, Some(*at))
            }
            _ => continue,
        };
        if writes.is_empty() || expression.module != module {
            continue;
        }
        let at = facts.span(expression.id);
        if call.is_some_and(|call| is_aside(&called(context, call))) {
            continue;
        }
        found.push(Action {
            module,
            at,
            place: Place::of(facts, function, at),
            position,
            is_query: call.is_none(),
            call,
            is_let_go: is_let_go(context, expression),
            is_waited_for: waiting::is_waited_for(context, expression),
            writes,
        });
    }
    found
}

fn collect<'a>(
    context: &Context<'a>,
    events: &'a [Event],
    depth: usize,
    writes: &mut Vec<Write<'a>>,
) {
    for event in events {
        if writes.len() >= MAX_WRITES {
            return;
        }
        match &event.kind {
            EventKind::Query(query) => add(context, query, event.transaction.is_some(), writes),
            EventKind::Call { summary, .. } if depth > 1 => {
                collect(context, &summary.events, depth - 1, writes);
            }
            _ => {}
        }
    }
}

fn add<'a>(
    context: &Context<'a>,
    query: &'a Query,
    in_transaction: bool,
    writes: &mut Vec<Write<'a>>,
) {
    let call = context.project.calls.get(query.call);
    let own = clients::is_own(context, call)
        && !call.client.transaction
        && !clients::follows_the_request(context, call);
    if !(own || in_transaction)
        || call.client.takes_queries_over()
        || call.confidence == Confidence::Possible
    {
        return;
    }
    let Some((model, kind)) = written(context, query, call) else {
        return;
    };
    if is_aside(&context.project.schemas.model(model).name) {
        return;
    }
    writes.push(Write {
        call: query.call,
        model,
        kind,
        query: (!call.operation.is_raw()).then_some(query),
        operation: call.operation,
    });
}

fn written(context: &Context<'_>, query: &Query, call: &ClientCall) -> Option<(ModelRef, Kind)> {
    let kind = match call.operation {
        operation if operation.is_create() => Kind::Create,
        Operation::Upsert
        | Operation::Update
        | Operation::UpdateMany
        | Operation::UpdateManyAndReturn => Kind::Update,
        Operation::Delete | Operation::DeleteMany => Kind::Delete,
        operation if operation.is_raw() => return of_text(context, query.call),
        _ => return None,
    };
    Some((call.model()?, kind))
}

/// What raw SQL writes, when all of its texts write one table.
fn of_text(context: &Context<'_>, call: CallId) -> Option<(ModelRef, Kind)> {
    let mut found = None;
    for reading in context.readings.of(call) {
        let kind = match reading.facts.kind {
            "INSERT" => Kind::Create,
            "UPDATE" => Kind::Update,
            "DELETE" => Kind::Delete,
            _ => return None,
        };
        let catalog = context.databases.catalog(context.project, reading.schema);
        let (relation, _) = reading.facts.writes.first()?;
        let name = &catalog.relation(*relation)?.name;
        let datamodel = &context.project.schemas.get(reading.schema).datamodel;
        let model = ModelRef {
            schema: reading.schema,
            model: datamodel.models_of_table(name).next()?.id,
        };
        if found.is_some_and(|known| known != (model, kind)) {
            return None;
        }
        found = Some((model, kind));
    }
    found
}

fn called(context: &Context<'_>, call: ExpressionRef) -> String {
    let at = super::super::repeated::callee_name(context, call);
    context.text(at).to_owned()
}

fn is_aside(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ASIDE.iter().any(|word| lower.contains(word))
}
