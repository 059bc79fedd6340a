//! Requests to other systems while a transaction is open.

use snell_flow::remote;
use snell_project::{module::ExpressionRef, types::Types};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    repeated,
    transactions::{self, Inside, What},
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/external-io-in-transaction",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A transaction stays open while another system answers",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let types = Types::new(&context.project.modules);
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        let mut told = Vec::new();
        for inside in transactions::inside(context, summary) {
            let What::Unfollowed(at) = inside.what else {
                continue;
            };
            let Some(system) = remote(context.project, &types, at) else {
                continue;
            };
            let module = context.project.modules.get(at.module);
            let key = (
                inside.transaction,
                inside.chain.first().copied().unwrap_or(at),
            );
            if !module.context.is_discarded(at.id) && !told.contains(&key) {
                told.push(key);
                found.push(finding(context, at, &system, &inside));
            }
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    at: ExpressionRef,
    system: &str,
    inside: &Inside<'_>,
) -> Diagnostic {
    let project = context.project;
    let own = repeated::callee_name(context, at);
    let place = match inside.chain.first() {
        Some(first) => repeated::callee_name(context, *first),
        None => own,
    };
    let opener = project.calls.get(inside.transaction);
    let what = match system {
        "fetch" => "a request with `fetch`".to_owned(),
        package => format!("a call of `{package}`"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place,
        format!("the transaction waits for {what}"),
    )
    .label("another system decides how long this takes")
    .related(
        project.modules.at(opener.module, opener.name.span),
        "the transaction is open from here",
    );
    for step in inside.chain.iter().skip(1) {
        found = found.related(repeated::callee_name(context, *step), "which calls this");
    }
    if !inside.chain.is_empty() {
        found = found.related(own, "the request");
    }
    if repeated::is_background(context, inside.opener.function) {
        found = found.lowered(Severity::Medium, "a job: nobody waits for the answer");
    }
    found
        .confidence(Confidence::Likely)
        .help("ask before the transaction, or after it; hold what must be done later in a row of its own")
        .subject(format!(
            "transaction:{} {system}",
            functions::name(project, inside.opener.function)
        ))
}
