//! Questions that wait for each other and need not.

use snell_flow::{EventKind, Fact, Facts, Query, Root, Summary, Value};
use snell_project::{client::CallId, module::ExpressionRef};
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
        name: "query/sequential-independent",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Queries wait for each other though none needs the answer of another",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Two may be a matter of taste.
const LEAST: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let functions = context.flow.functions().filter(|summary| {
        functions::is_application(context.project, summary.function.module)
            && !functions::is_module_body(context.project, summary.function)
            && !repeated::is_background(context, summary.function)
    });
    functions
        .filter_map(|summary| of_function(context, summary))
        .collect()
}

/// The first run of reads of a function that need not wait for each other.
fn of_function(context: &Context<'_>, summary: &Summary) -> Option<Diagnostic> {
    let mut run: Vec<&Query> = Vec::new();
    for event in &summary.events {
        let next = match &event.kind {
            EventKind::Query(query) => {
                let call = context.project.calls.get(query.call);
                let plain = call.operation.gives_rows() && !call.operation.is_write()
                    || call.operation.as_str() == "count";
                let alone = event.loops.is_empty() && event.transaction.is_none();
                let depends = run
                    .iter()
                    .any(|earlier| needs(query, &event.facts, earlier.call));
                (plain && alone && query.awaited && is_awaited_alone(context, query))
                    .then_some((query, depends))
            }
            // What is checked in between may end it.
            _ => None,
        };
        match next {
            Some((query, false)) => run.push(query),
            Some((query, true)) => {
                if run.len() >= LEAST {
                    break;
                }
                run = vec![query];
            }
            None => {
                if run.len() >= LEAST {
                    break;
                }
                run.clear();
            }
        }
    }
    if run.len() < LEAST || !stand_together(context, summary, &run) {
        return None;
    }
    Some(finding(context, summary, &run))
}

/// Whether a query asks by what an earlier one gave, or runs only for it.
fn needs(query: &Query, facts: &Facts, earlier: CallId) -> bool {
    let of_earlier = |value: &Value| {
        let mut found = false;
        value.visit(&mut |value| {
            if let Value::Opaque(opaque) = value {
                found |= matches!(&opaque.root, Root::Row(row) if row.call == earlier);
            }
            found |= matches!(value, Value::Unknown | Value::Function(_));
        });
        found
    };
    let by_facts = facts.iter().any(|fact| match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => of_earlier(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
            of_earlier(a) || of_earlier(b)
        }
        Fact::OneOf(_) => true,
    });
    by_facts || query.arguments.iter().any(of_earlier)
}

/// `await query`, not a part of `Promise.all([...])`.
fn is_awaited_alone(context: &Context<'_>, query: &Query) -> bool {
    let call = context.project.calls.get(query.call);
    let module = context.project.modules.get(call.module);
    module
        .context
        .parent(call.expression)
        .is_some_and(|parent| {
            matches!(
                module.facts.expression(parent),
                snell_extract::facts::Expression::Await(_)
            )
        })
}

/// Whether each is followed by the next on one way through the function.
fn stand_together(context: &Context<'_>, summary: &Summary, run: &[&Query]) -> bool {
    let facts = context.project.modules.facts(summary.function.module);
    let places: Vec<Place> = run
        .iter()
        .map(|query| {
            let call = context.project.calls.get(query.call);
            let at = ExpressionRef {
                module: call.module,
                id: call.expression,
            };
            Place::of(facts, Some(summary.function.id), facts.span(at.id))
        })
        .collect();
    let same = run
        .iter()
        .all(|query| context.project.calls.get(query.call).module == summary.function.module);
    same && places
        .windows(2)
        .all(|pair| order::leads_to(facts, &pair[0], &pair[1]))
}

fn finding(context: &Context<'_>, summary: &Summary, run: &[&Query]) -> Diagnostic {
    let place = |query: &Query| {
        let call = context.project.calls.get(query.call);
        context.project.modules.at(call.module, call.name.span)
    };
    let name = functions::name(context.project, summary.function);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place(run[0]),
        format!(
            "`{name}` asks {} questions one after the other, and none needs another's answer",
            run.len()
        ),
    )
    .label("the next one waits for this");
    for query in &run[1..] {
        found = found.related(place(query), "asks by nothing that came before");
    }
    found
        .confidence(Confidence::Likely)
        .help("ask at once, with `Promise.all`; each takes a connection of the pool meanwhile")
        .subject(format!("function:{name} sequence"))
}
