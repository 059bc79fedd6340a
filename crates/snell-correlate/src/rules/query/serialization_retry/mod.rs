//! Transactions that the database may refuse for what others do.

use snell_project::client::{ClientCall, Operation};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::transactions;
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/serialization-retry",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A serializable transaction is not tried again when the database refuses it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let calls = context.project.calls.iter();
    let found: Vec<Diagnostic> = calls
        .filter(|(_, call)| {
            call.operation == Operation::Transaction
                && functions::is_application(context.project, call.module)
        })
        .filter_map(|(_, call)| {
            let (at, written) = transactions::option(context, call, "isolationLevel")?;
            Some(finding(context, call, at, strict(written)?))
        })
        .collect();
    // All texts are read for this: only where there is something to tell.
    match found.is_empty() || retries(context) {
        true => Vec::new(),
        false => found,
    }
}

/// Whether application code knows of the refusal at all, or tries things again.
fn retries(context: &Context<'_>) -> bool {
    context.project.modules.iter().any(|(module, owner)| {
        functions::is_application(context.project, module) && {
            let text = &context.sources.file(owner.file).text;
            ["P2034", "40001", "could not serialize"]
                .iter()
                .any(|word| text.contains(word))
        }
    })
}

/// The level, when it is one at which the database refuses.
fn strict(written: &str) -> Option<&'static str> {
    let name = written.trim_matches(['\'', '"', '`']);
    ["Serializable", "RepeatableRead"]
        .into_iter()
        .find(|level| name.ends_with(level))
}

fn finding(
    context: &Context<'_>,
    call: &ClientCall,
    at: snell_source::Location,
    level: &str,
) -> Diagnostic {
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
        at,
        "a transaction that the database may refuse is not tried again",
    )
    .label(format!(
        "`{level}`: of two that get in each other's way one fails with P2034"
    ))
    .related(
        context.project.modules.at(call.module, call.name.span),
        "the transaction",
    )
    .confidence(Confidence::Likely)
    .help("catch P2034 around the whole transaction, and run it again, some times at most")
    .subject(format!("transaction:{function} isolation"))
}
