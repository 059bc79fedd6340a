//! Queries that are never sent, because nothing waits for them.

use snell_project::client::Operation;
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
    queries
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
            .help("put `await` before it, or `return` it from an `async` function")
            .subject(format!(
                "query:{} {title}",
                functions::name(context.project, event.function)
            ))
        })
        .collect()
}
