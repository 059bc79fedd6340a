//! The queries that found the row to which a number is counted.

use snell_flow::{EventKind, Query, QueryEvent, Root, RowOrigin, Summary, Value, scope::leaves};
use snell_project::{
    client::CallId,
    module::{ExpressionRef, In},
    schema::ModelRef,
};

use crate::{rule::Context, rules::query::counter_race::read::names_same_row};

/// Calls between a function and the query that looks its row up.
const WITHIN: u32 = 2;

/// A query before a write that finds the same row.
pub(super) struct Lookup<'v> {
    pub(super) query: &'v Query,
    /// The call by which the function comes to it: its own, or that of a helper.
    pub(super) site: ExpressionRef,
    /// Whether the key of the write is one of the row that it found.
    pub(super) by_row: bool,
}

pub(super) fn lookups<'v>(
    context: &Context<'_>,
    event: &QueryEvent<'v>,
    model: ModelRef,
    filter: &Value,
) -> Vec<Lookup<'v>> {
    let keys = rows_of(filter);
    let mut found = Vec::new();
    let mut look = |query: &'v Query, site: ExpressionRef| {
        let call = context.project.calls.get(query.call);
        let Some(arguments) = query
            .arguments
            .first()
            .filter(|_| call.operation.finds_rows())
        else {
            return;
        };
        let by_row = keys.contains(&query.call);
        let same = || {
            let row = RowOrigin::of(query.call, arguments);
            call.model() == Some(model) && names_same_row(context, model, filter, &row)
        };
        if by_row || same() {
            found.push(Lookup {
                query,
                site,
                by_row,
            });
        }
    };
    for before in event.summary.events.iter().take(event.position) {
        match &before.kind {
            EventKind::Query(query) => {
                let call = context.project.calls.get(query.call);
                let site = In {
                    module: call.module,
                    id: call.expression,
                };
                look(query, site);
            }
            EventKind::Call { at, summary } => within(summary, *at, WITHIN, &mut look),
            _ => {}
        }
    }
    found
}

fn within<'v>(
    summary: &'v Summary,
    site: ExpressionRef,
    depth: u32,
    look: &mut dyn FnMut(&'v Query, ExpressionRef),
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for event in &summary.events {
        match &event.kind {
            EventKind::Query(query) => look(query, site),
            EventKind::Call { summary, .. } => within(summary, site, depth, look),
            _ => {}
        }
    }
}

/// The queries whose rows a condition takes its keys from.
fn rows_of(filter: &Value) -> Vec<CallId> {
    let mut rows = Vec::new();
    for leaf in leaves(filter).unwrap_or_default() {
        for choice in leaf.value.choices() {
            if let Value::Opaque(opaque) = choice
                && let Root::Row(row) = &opaque.root
            {
                rows.push(row.call);
            }
        }
    }
    rows
}
