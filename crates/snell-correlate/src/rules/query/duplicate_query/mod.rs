//! The same query twice in one request.

use rustc_hash::FxHashSet;
use snell_flow::{Value, scope::Reached};
use snell_project::{
    client::{CallId, Operation},
    module::{ExpressionRef, In},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::repeated;
use crate::{
    functions,
    rule::{Context, Rule},
    support::order::{self, Place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/duplicate-query",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "One request sends the same query twice",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut told: FxHashSet<(CallId, CallId)> = FxHashSet::default();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        if !functions::is_application(project, endpoint.module) {
            continue;
        }
        let walk = &entered.walk;
        for (n, second) in walk.queries.iter().enumerate() {
            let Some(first) = earlier(context, &walk.queries[..n], second) else {
                continue;
            };
            if told.insert((first.query.call, second.query.call)) {
                found.push(finding(context, entered.endpoint, first, second));
            }
        }
    }
    found
}

/// The same query before this one, when nothing was written in between.
fn earlier<'w, 'f>(
    context: &Context<'_>,
    before: &'w [Reached<'f>],
    second: &Reached<'f>,
) -> Option<&'w Reached<'f>> {
    let calls = &context.project.calls;
    let call = calls.get(second.query.call);
    if !reads(call.operation) || !second.loops.is_empty() || !is_known(second) {
        return None;
    }
    for first in before.iter().rev() {
        let other = calls.get(first.query.call);
        let writes = other.operation.is_write() || other.operation.is_raw();
        if writes || other.operation == Operation::Transaction {
            return None;
        }
        let same = other.model().is_some()
            && other.model() == call.model()
            && other.operation == call.operation
            && same_values(&first.query.arguments, &second.query.arguments);
        // What held before the first one still holds: both run.
        if same
            && first.loops.is_empty()
            && first.facts.iter().all(|fact| second.facts.contains(fact))
            && both_run(context, first, second)
        {
            return Some(first);
        }
    }
    None
}

/// Whether one run comes through both, as far as the function says in which their ways part.
fn both_run(context: &Context<'_>, first: &Reached<'_>, second: &Reached<'_>) -> bool {
    let apart = parting(first, second);
    let at = |reached: &Reached<'_>| {
        let call = context.project.calls.get(reached.query.call);
        let own = In {
            module: call.module,
            id: call.expression,
        };
        reached.trail.get(apart).copied().unwrap_or(own)
    };
    let (a, b) = (at(first), at(second));
    let module = context.project.modules.get(a.module);
    let outermost = |id| {
        let function = module.context.function(id)?;
        let function = module.facts.outermost(function);
        Some(function)
    };
    let function = outermost(a.id);
    if a.module != b.module || function != outermost(b.id) {
        return true;
    }
    let place = |at: ExpressionRef| Place::of(&module.facts, function, module.facts.span(at.id));
    order::leads_to(&module.facts, &place(a), &place(b))
}

/// How many calls of their ways two queries have in common.
fn parting(first: &Reached<'_>, second: &Reached<'_>) -> usize {
    let pairs = first.trail.iter().zip(&second.trail);
    pairs.take_while(|(a, b)| a == b).count()
}

/// Whether arguments ask for the same, wherever they are written.
fn same_values(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b))
}

fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.spreads.is_empty()
                && b.spreads.is_empty()
                && a.entries.len() == b.entries.len()
                && a.entries.iter().all(|(key, entry)| {
                    b.entries.get(key).is_some_and(|other| {
                        entry.always == other.always && same_value(&entry.value, &other.value)
                    })
                })
        }
        (Value::Array(a), Value::Array(b)) => {
            same_values(&a.elements, &b.elements)
                && match (&a.rest, &b.rest) {
                    (Some(a), Some(b)) => same_value(a, b),
                    (None, None) => true,
                    _ => false,
                }
        }
        _ => a == b,
    }
}

fn reads(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindMany
            | Operation::Count
    )
}

/// Whether all that the query asks by is known, and equal arguments are the same rows.
fn is_known(reached: &Reached<'_>) -> bool {
    let mut known = !reached.query.arguments.is_empty();
    for argument in &reached.query.arguments {
        argument.visit(&mut |value| match value {
            Value::Unknown | Value::Function(_) => known = false,
            Value::Object(object) => known &= object.spreads.is_empty(),
            _ => {}
        });
    }
    known
}

fn finding(
    context: &Context<'_>,
    endpoint: usize,
    first: &Reached<'_>,
    second: &Reached<'_>,
) -> Diagnostic {
    let project = context.project;
    let endpoint = project.endpoints.get(endpoint);
    let place = |id: CallId| {
        let call = project.calls.get(id);
        project.modules.at(call.module, call.name.span)
    };
    let title = repeated::title(context, project.calls.get(second.query.call));
    // Where the two ways part.
    let apart = parting(first, second);
    let at = |reached: &Reached<'_>| match reached.trail.get(apart) {
        Some(call) => repeated::callee_name(context, *call),
        None => place(reached.query.call),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at(second),
        format!("`{}` asks the same of `{title}` twice", endpoint.name),
    )
    .label("the answer is known already")
    .related(at(first), "asked here for the first time");
    if second.trail.len() > apart {
        found = found.related(place(second.query.call), "the query");
    }
    found
        .related(endpoint.at, "the endpoint")
        .confidence(Confidence::Likely)
        .help("hand on what the first one gave")
        .subject(format!("endpoint:{} query:{title}", endpoint.name))
}
