//! Rows of which the compiler knows nothing.

use snell_extract::facts::{BindingKind, Expression};
use snell_flow::raw::Reading;
use snell_project::client::Operation;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    reading::{self, Findings},
    rows,
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/missing-type-argument",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A raw query has no type argument, so its rows are `unknown`",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        if !rows::is_query(context, reading)
            || reading.facts.columns.is_empty()
            || is_typed(context, reading)
        {
            continue;
        }
        let at = reading.method(context.project);
        let columns: Vec<String> = reading
            .facts
            .columns
            .iter()
            .map(|column| column.name.to_string())
            .collect();
        let message = "the rows of this query are `unknown`";
        findings.tell_at(reading, at, message, |one| {
            one.label("no type argument").help(format!(
                "say what comes back: `<{{ {} }}[]>`",
                columns
                    .iter()
                    .map(|name| format!("{name}: ..."))
                    .collect::<Vec<_>>()
                    .join("; ")
            ))
        });
    }
    findings.done()
}

/// Whether the rows get a type: an argument, a cast, an annotation; or are not used.
fn is_typed(context: &Context<'_>, reading: &Reading) -> bool {
    let Some(call) = reading.call else {
        return true;
    };
    let call = context.project.calls.get(call);
    if call.operation == Operation::QueryRawTyped {
        return true;
    }
    let module = context.project.modules.get(call.module);
    let facts = &module.facts;
    let (Expression::TaggedTemplate { type_arguments, .. }
    | Expression::Call { type_arguments, .. }) = facts.expression(call.expression)
    else {
        return true;
    };
    if !type_arguments.is_empty() {
        return true;
    }
    let mut outer = call.expression;
    let mut awaited = false;
    while let Some(parent) = module.context.parent(outer) {
        match facts.expression(parent) {
            Expression::Await(_) => awaited = true,
            _ => return true,
        }
        outer = parent;
    }
    // Only a variable's first value shows the rows to the code around it.
    let holder = facts.bindings.iter().find(|binding| {
        matches!(&binding.kind, BindingKind::Variable { init: Some(init), .. } if init.value == outer)
    });
    match holder.map(|binding| &binding.kind) {
        Some(BindingKind::Variable { ty, .. }) => ty.is_some() || !awaited,
        _ => true,
    }
}
