//! A setting that holds for its own transaction, made outside of one: it is gone before the next query.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::scope::{raw_text, sets_context};
use snell_project::{client::CallId, module::ModuleId};
use snell_source::{Confidence, Diagnostic};

use super::{RULE, at, is_handed};
use crate::{functions, rule::Context, support::queries};

/// Further places of a module that a finding shows.
const MAX_MORE: usize = 3;

/// One finding for each module, those left out that are shown beside a query.
pub(super) fn findings(context: &Context<'_>, told: &BTreeSet<CallId>) -> Vec<Diagnostic> {
    let mut alone: BTreeMap<ModuleId, Vec<_>> = BTreeMap::new();
    for (call, event) in queries::application(context) {
        let text = || raw_text(event.query);
        let set = call.operation.is_raw()
            && sets_context(event.query)
            && event.event.transaction.is_none()
            && !told.contains(&event.query.call)
            && !call.client.transaction
            && !call.client.extended
            && !is_handed(context, call)
            && functions::is_application(context.project, call.module)
            && is_local(&text());
        // What runs inside the transaction of whoever calls is handed its client.
        let within = || {
            let mut reached = context.walks.iter().flat_map(|walked| &walked.walk.queries);
            reached.any(|one| one.query.call == event.query.call && one.transaction.is_some())
        };
        if set && !within() {
            let of_module = alone.entry(call.module).or_default();
            if !of_module.contains(&event.query.call) {
                of_module.push(event.query.call);
            }
        }
    }
    let found = alone.into_values().filter_map(|calls| {
        let first = *calls.first()?;
        let more = match calls.len() - 1 {
            0 => String::new(),
            1 => " (and once more here)".to_owned(),
            more => format!(" (and {more} times more here)"),
        };
        let mut found = Diagnostic::at(
            &RULE.metadata,
            at(context, first),
            format!(
                "this setting holds until its own transaction ends, and it is alone in it: no query after it sees it{more}"
            ),
        )
        .label("a statement outside of a transaction is one by itself");
        for call in calls.iter().skip(1).take(MAX_MORE) {
            found = found.related(at(context, *call), "and here");
        }
        Some(
            found
                .confidence(Confidence::Likely)
                .help("set it and ask on one client of one `$transaction`: `prisma.$transaction(async (tx) => { await tx.$executeRaw`SELECT set_config(..., ..., true)`; ... })`")
                .subject("setting outside of a transaction".to_owned()),
        )
    });
    found.collect()
}

/// Whether a statement sets for its own transaction: `set_config(name, value, true)`, `SET LOCAL`.
fn is_local(text: &str) -> bool {
    let calls = text.split("set_config").skip(1);
    let of_call = |rest: &str| {
        let end = rest.find(')').unwrap_or(rest.len());
        rest[..end].trim_end().ends_with("true")
    };
    let mut calls = calls.peekable();
    match calls.peek() {
        Some(_) => calls.all(of_call),
        None => text.contains("set local"),
    }
}
