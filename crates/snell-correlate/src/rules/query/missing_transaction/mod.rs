//! Writes that belong together, sent one after the other.

mod again;
mod links;
mod undone;
mod waiting;
mod writes;

use snell_extract::facts::ModuleFacts;
use snell_flow::{Event, EventKind, Summary, remote};
use snell_project::{module::ExpressionRef, types::Types};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use self::{
    links::Link,
    writes::{Action, Write},
};
use super::{clients, repeated};
use crate::{
    functions,
    rule::{Context, Rule},
    support::order,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/missing-transaction",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Writes that belong together can be left half done",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Calls into calls that are searched for requests to other systems.
const MAX_DEPTH: usize = 4;
/// Other writes of a function that a finding names.
const MOST_NAMED: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let types = Types::new(&context.project.modules);
    let functions = context.flow.functions().filter(|summary| {
        functions::is_application(context.project, summary.function.module)
            && !functions::is_module_body(context.project, summary.function)
    });
    functions
        .filter_map(|summary| of_function(context, &types, summary))
        .collect()
}

/// The first pair of writes of a function that belong together.
fn of_function(context: &Context<'_>, types: &Types<'_>, summary: &Summary) -> Option<Diagnostic> {
    let actions = writes::actions(context, summary);
    let facts = context.project.modules.facts(summary.function.module);
    for (n, first) in actions.iter().enumerate() {
        for second in &actions[n + 1..] {
            if !follows(context, facts, first, second)
                || waits_between(context, types, summary, first, second)
                || undone::is_cleaned_up(context, summary, first, second)
            {
                continue;
            }
            let found = first.writes.iter().find_map(|a| {
                let mut others = second.writes.iter();
                if undone::only_instead(summary, a, second) {
                    return None;
                }
                others.find_map(|b| Some((a, b, links::between(context, a, b)?)))
            });
            if let Some((a, b, link)) = found {
                let others = others(context, types, summary, &actions, [first, second]);
                let note = of_others(context, &others);
                return Some(finding(
                    context,
                    summary,
                    (first, a),
                    (second, b),
                    link,
                    note,
                ));
            }
        }
    }
    None
}

/// Whether the second runs after the first, and its failure is felt where that of the first is.
fn follows(
    context: &Context<'_>,
    facts: &ModuleFacts,
    first: &Action<'_>,
    second: &Action<'_>,
) -> bool {
    let (a, b) = (&first.place, &second.place);
    !second.is_let_go
        && first.is_waited_for
        && second.is_waited_for
        && first.at.start < second.at.start
        && !a.is_after_failure()
        && !b.is_after_failure()
        && a.shares_handlers(b)
        && order::leads_to(facts, a, b)
        && !a.handlers().any(|handler| {
            let calls = context.project.calls.of_module(first.module);
            let spans = calls.map(|(_, call)| facts.span(call.expression));
            let mut inside = spans.filter(|span| {
                handler
                    .iter()
                    .any(|statement| statement.span.contains(*span))
            });
            inside.next().is_some()
        })
        && !is_another_endpoint(context, first, second)
}

/// Whether the first is done by a handler that is written inside the function, and the second
/// is not: requests come one by one.
fn is_another_endpoint(context: &Context<'_>, first: &Action<'_>, second: &Action<'_>) -> bool {
    context.project.endpoints.iter().any(|endpoint| {
        let handler = endpoint.handler;
        handler.module == first.module && {
            let facts = context.project.modules.facts(handler.module);
            let span = facts.function(handler.id).span;
            span.contains(first.at) && !span.contains(second.at)
        }
    })
}

/// Whether another system, or something unknown that is waited for, comes
/// between the two: a transaction would be open meanwhile.
fn waits_between(
    context: &Context<'_>,
    types: &Types<'_>,
    summary: &Summary,
    first: &Action<'_>,
    second: &Action<'_>,
) -> bool {
    let between = &summary.events[first.position + 1..second.position];
    let own = [
        &summary.events[first.position],
        &summary.events[second.position],
    ];
    let calls = own.into_iter().filter_map(|event| match &event.kind {
        EventKind::Call { summary, .. } => Some(summary.events.as_slice()),
        _ => None,
    });
    waits(context, types, between, MAX_DEPTH)
        || calls
            .into_iter()
            .any(|events| waits(context, types, events, MAX_DEPTH))
}

fn waits(context: &Context<'_>, types: &Types<'_>, events: &[Event], depth: usize) -> bool {
    events.iter().any(|event| match &event.kind {
        EventKind::Unfollowed { at, .. } => {
            remote(context.project, types, *at).is_some() || is_awaited(context, *at)
        }
        EventKind::Call { summary, .. } => {
            depth > 0 && waits(context, types, &summary.events, depth - 1)
        }
        _ => false,
    })
}

fn is_awaited(context: &Context<'_>, at: ExpressionRef) -> bool {
    let module = context.project.modules.get(at.module);
    module.context.parent(at.id).is_some_and(|parent| {
        matches!(
            module.facts.expression(parent),
            snell_extract::facts::Expression::Await(_)
        )
    })
}

/// What the function writes on its own beside two writes, as one request does: it is as much half done.
fn others<'a, 'w>(
    context: &Context<'_>,
    types: &Types<'_>,
    summary: &Summary,
    actions: &'w [Action<'a>],
    pair: [&Action<'_>; 2],
) -> Vec<&'w Action<'a>> {
    let facts = context.project.modules.facts(summary.function.module);
    let [first, second] = pair;
    let all = actions.iter().filter(|other| {
        let (earlier, later) = match other.at.start < first.at.start {
            true => (*other, first),
            false => (first, *other),
        };
        other.at != first.at
            && other.at != second.at
            && follows(context, facts, earlier, later)
            && !waits_between(context, types, summary, earlier, later)
    });
    all.collect()
}

/// The note that names the others, so that not two of them alone are put together.
fn of_others(context: &Context<'_>, others: &[&Action<'_>]) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for write in others.iter().filter_map(|other| other.writes.first()) {
        let model = context.project.schemas.model(write.model);
        let name = format!("`{}.{}`", model.accessor, write.does());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let (last, before) = names.split_last()?;
    let list = match (before, more) {
        ([], _) => return Some(format!("{last} of the same function belongs into it too")),
        (before, 0) => format!("{} and {last}", before.join(", ")),
        (before, more) => format!("{}, {last} and {more} more", before.join(", ")),
    };
    Some(format!("{list} of the same function belong into it too"))
}

fn finding(
    context: &Context<'_>,
    summary: &Summary,
    (first, a): (&Action<'_>, &Write<'_>),
    (second, b): (&Action<'_>, &Write<'_>),
    link: Link,
    others: Option<String>,
) -> Diagnostic {
    let title = |write: &Write<'_>| {
        let model = context.project.schemas.model(write.model);
        format!("{}.{}", model.accessor, write.does())
    };
    let (before, after) = (title(a), title(b));
    let message = match link {
        Link::Replaced => {
            format!("`{before}` takes rows away before `{after}` puts the new ones in")
        }
        Link::Moved => format!("`{after}` comes after `{before}`, and may not come at all"),
        Link::Transferred => {
            format!("`{before}` and `{after}` change two rows one after the other")
        }
        Link::Related(_) => format!("`{after}` may fail after `{before}` has been done"),
    };
    let mut found = Diagnostic::at(&RULE.metadata, name_of(context, second), message)
        .label("when this fails, what was written before it stays")
        .related(name_of(context, first), "written on its own");
    let within = |action: &Action<'_>, write: &Write<'_>| !action.is_query && write.query.is_some();
    for (action, write) in [(first, a), (second, b)] {
        if within(action, write) {
            let call = context.project.calls.get(write.call);
            let at = context.project.modules.at(call.module, call.name.span);
            found = found.related(at, format!("`{}`", title(write)));
        }
    }
    if let Link::Related(field) = link {
        let schema = context.project.schemas.get(a.model.schema);
        let field = &schema.datamodel[field];
        found = found.related(schema.field_name(field), "the rows belong together");
    }
    if let Some(others) = others {
        found = found.note(others);
    }
    if repeated::is_background(context, summary.function) {
        found = found.lowered(Severity::Low, "a job: it may run again");
    } else if let Some(why) = again::mends(context, summary, a, (second, b), link) {
        found = found.lowered(Severity::Low, why);
    }
    found
        .confidence(Confidence::Likely)
        .help(match (first.is_query && second.is_query, link) {
            (true, Link::Replaced) => {
                "send both at once: `$transaction([...])` does all of it, or nothing"
            }
            _ => "run both in one `$transaction(async (tx) => ...)`, and write with its client",
        })
        .subject(format!(
            "transaction:{} {before} {after}",
            functions::name(context.project, summary.function)
        ))
}

fn name_of(context: &Context<'_>, action: &Action<'_>) -> Location {
    match action.call {
        Some(at) => repeated::callee_name(context, at),
        None => {
            let call = context.project.calls.get(action.writes[0].call);
            context.project.modules.at(call.module, call.name.span)
        }
    }
}

/// Whether a failure of the call is dealt with where it is called: `save().catch(...)`.
fn is_let_go(context: &Context<'_>, at: ExpressionRef) -> bool {
    let module = context.project.modules.get(at.module);
    module.context.is_discarded(at.id) || clients::has_catch(context, at)
}
