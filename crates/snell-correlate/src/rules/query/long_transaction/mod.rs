//! Transactions that are allowed to take long.

use snell_extract::facts::{Expression, Property};
use snell_project::client::{ClientCall, Operation};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::transactions::{self, What};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/long-transaction",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A transaction may stay open for very long",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A transaction that may take longer holds locks for longer than anybody waits.
const LONGEST_MS: u64 = 30_000;
/// More queries than these in one transaction are many.
const MANY: usize = 20;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let calls = context.project.calls.iter();
    let mut found: Vec<Diagnostic> = calls
        .filter(|(_, call)| {
            call.operation == Operation::Transaction
                && functions::is_application(context.project, call.module)
        })
        .filter_map(|(_, call)| {
            let (at, written) = transactions::option(context, call, "timeout")?;
            let milliseconds: u64 = written.replace('_', "").parse().ok()?;
            (milliseconds > LONGEST_MS).then(|| of_timeout(context, call, at, milliseconds))
        })
        .collect();
    found.extend(of_many(context));
    found
}

fn of_timeout(
    context: &Context<'_>,
    call: &ClientCall,
    at: Location,
    milliseconds: u64,
) -> Diagnostic {
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!("the transaction may stay open for {} seconds", milliseconds / 1000),
    )
    .label("and hold its locks, and a connection of the pool, for as long")
    .related(
        context.project.modules.at(call.module, call.name.span),
        "the transaction",
    )
    .confidence(Confidence::Likely)
    .help("do in it what must be done together, and the rest before or after; do many rows in several transactions")
    .subject(format!("transaction:{} timeout", place(context, call)))
}

/// Transactions with many queries that are written out.
fn of_many(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        let mut counts: Vec<(snell_project::client::CallId, usize)> = Vec::new();
        for inside in transactions::inside(context, summary) {
            if !matches!(inside.what, What::Query(_)) {
                continue;
            }
            match counts.iter_mut().find(|(id, _)| *id == inside.transaction) {
                Some((_, count)) => *count += 1,
                None => counts.push((inside.transaction, 1)),
            }
        }
        for (id, count) in counts.into_iter().filter(|(_, count)| *count > MANY) {
            let call = context.project.calls.get(id);
            if has_timeout(context, call) {
                continue;
            }
            found.push(
                Diagnostic::at(
                    &RULE.metadata,
                    context.project.modules.at(call.module, call.name.span),
                    format!("the transaction waits for {count} queries, one after the other"),
                )
                .label("open, with its locks, until the last one is done")
                .confidence(Confidence::Possible)
                .help("write rows of one model with one `createMany` or `updateMany`, and read before the transaction what it does not lock")
                .subject(format!("transaction:{} queries", place(context, call))),
            );
        }
    }
    found
}

/// Whether the call says how long it may take: that was thought about.
fn has_timeout(context: &Context<'_>, call: &ClientCall) -> bool {
    let facts = context.project.modules.facts(call.module);
    let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
        return false;
    };
    let options = arguments
        .get(1)
        .map(|argument| facts.unwrap_casts(argument.value));
    options.is_some_and(|options| match facts.expression(options) {
        Expression::Object(properties) => properties.iter().any(|property| {
            matches!(property, Property::Value { key, .. }
                if key.name().is_some_and(|name| name.text == "timeout"))
        }),
        _ => true,
    })
}

fn place(context: &Context<'_>, call: &ClientCall) -> String {
    let module = context.project.modules.get(call.module);
    let function = module.context.function(call.expression);
    function.map_or_else(
        || module.path.to_string(),
        |id| {
            functions::name(
                context.project,
                snell_project::module::In {
                    module: call.module,
                    id,
                },
            )
        },
    )
}
