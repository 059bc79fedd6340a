//! Queries that are never sent, because nothing waits for them.

mod dropped;

use snell_project::client::{ClientCall, Operation};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::repeated;
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/unawaited",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A query is made and never sent: nothing awaits it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let queries = context.flow.queries().filter(|event| {
        let call = context.project.calls.get(event.query.call);
        !event.query.awaited
            && call.operation != Operation::Transaction
            && call.confidence != Confidence::Possible
            && functions::is_application(context.project, call.module)
    });
    let mut found: Vec<Diagnostic> = queries
        .map(|event| {
            let call = context.project.calls.get(event.query.call);
            let title = repeated::title(context, call);
            Diagnostic::at(
                &RULE.metadata,
                context.project.modules.at(call.module, call.name.span),
                format!("`{title}` is never sent: nothing awaits it"),
            )
            .label("Prisma sends a query when it is awaited, or its `then` is called")
            .confidence(Confidence::Likely)
            .help(match is_in_async(context, call) {
                true => "put `await` before it",
                false => "`return` it, or make the function `async` and put `await` before it",
            })
            .subject(format!(
                "query:{} {title}",
                functions::name(context.project, event.function)
            ))
        })
        .collect();
    found.extend(dropped::in_callbacks(context));
    found.extend(dropped::only_tested(context));
    found.extend(dropped::by_handlers(context));
    found
}

/// Whether the function around a call may await it.
fn is_in_async(context: &Context<'_>, call: &ClientCall) -> bool {
    let module = context.project.modules.get(call.module);
    let function = module.context.function(call.expression);
    function.is_some_and(|function| module.facts.function(function).is_async)
}
