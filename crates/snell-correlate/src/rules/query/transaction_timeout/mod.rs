//! Transactions that fail when there is much to do.

use rustc_hash::FxHashSet;
use snell_extract::facts::Expression;
use snell_flow::{Loop, Value};
use snell_project::client::{CallId, ClientCall};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::transactions::{self, What};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/transaction-timeout",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A transaction with a loop has five seconds, however much there is to do",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: FxHashSet<CallId> = FxHashSet::default();
    let mut found = Vec::new();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        for inside in transactions::inside(context, summary) {
            let (What::Query(query), Some(around)) = (&inside.what, inside.around) else {
                continue;
            };
            let call = context.project.calls.get(inside.transaction);
            if is_constant(&around.iterable)
                || has_options(context, call)
                || !told.insert(inside.transaction)
            {
                continue;
            }
            found.push(finding(context, call, around, query.call));
        }
    }
    // All texts are read for this: only where there is something to tell.
    if !found.is_empty() && sets_for_all(context) {
        found.clear();
    }
    found
}

/// Whether a client says it for all its transactions: `transactionOptions`.
fn sets_for_all(context: &Context<'_>) -> bool {
    context.project.modules.iter().any(|(_, module)| {
        let text = &context.sources.file(module.file).text;
        text.contains("transactionOptions")
    })
}

/// Whether as many rounds as are written down are run.
fn is_constant(iterable: &Value) -> bool {
    match iterable {
        Value::Array(array) => array.rest.is_none(),
        value => value.is_constant(),
    }
}

/// Whether the call has a second argument: what is in it was thought about.
fn has_options(context: &Context<'_>, call: &ClientCall) -> bool {
    let facts = context.project.modules.facts(call.module);
    match facts.expression(call.expression) {
        Expression::Call { arguments, .. } => arguments.len() > 1,
        _ => true,
    }
}

fn finding(context: &Context<'_>, call: &ClientCall, around: &Loop, query: CallId) -> Diagnostic {
    let place = |call: &ClientCall| context.project.modules.at(call.module, call.name.span);
    let query = context.project.calls.get(query);
    let module = context.project.modules.get(call.module);
    let function = module.context.function(call.expression).map_or_else(
        || module.path.to_string(),
        |id| {
            let module = call.module;
            functions::name(context.project, snell_project::module::In { module, id })
        },
    );
    Diagnostic::at(
        &RULE.metadata,
        place(call),
        "the transaction has five seconds for a query for each element",
    )
    .label("without `timeout` it is rolled back after 5 s (P2028)")
    .related(around.at, "the loop")
    .related(place(query), "a query for each round")
    .confidence(Confidence::Likely)
    .help("do the rows in one query (`createMany`, `updateMany`), or some at a time; or say what it may take: `{ timeout: 15000 }`")
    .subject(format!("transaction:{function} loop"))
}
