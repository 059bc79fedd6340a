//! A function that asks for the rows below one, and calls itself for each of them.

use snell_flow::{EventKind, Loop, Query, Root, Summary, Value};
use snell_project::module::{ExpressionRef, FunctionRef};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{super::repeated, RULE};
use crate::{functions, rule::Context};

/// One finding for each such function.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let own = context.flow.functions().filter(|summary| {
        let module = summary.function.module;
        !summary.cut && functions::is_application(context.project, module)
    });
    own.filter_map(|summary| finding(context, summary))
        .collect()
}

fn finding(context: &Context<'_>, summary: &Summary) -> Option<Diagnostic> {
    let (at, around, query) = descent(context, summary)?;
    let title = repeated::title(context, context.project.calls.get(query.call));
    let call = context.project.calls.get(query.call);
    let name = functions::name(context.project, summary.function);
    Some(
        Diagnostic::at(
            &RULE.metadata,
            repeated::callee_name(context, at),
            format!("`{title}` runs once for each row of a tree"),
        )
        .label("calls itself for each row below")
        .related(around.at, "the loop")
        .related(
            context
                .project
                .modules
                .at(call.module, call.name.span),
            "the query",
        )
        .lowered(
            Severity::Medium,
            "how many rows the tree has is not known here",
        )
        .confidence(Confidence::Likely)
        .help("read the tree at once: a raw `WITH RECURSIVE`, or all rows that may be in it with one `findMany`, put together by a `Map` from parent to children")
        .subject(format!("tree:{name} {title}")),
    )
}

/// Where a function calls itself for the rows of its own query, which asks by what it is handed.
fn descent<'s>(
    context: &Context<'_>,
    summary: &'s Summary,
) -> Option<(ExpressionRef, &'s Loop, &'s Query)> {
    summary.events.iter().find_map(|event| {
        let EventKind::Call { at, summary: inner } = &event.kind else {
            return None;
        };
        if inner.function != summary.function {
            return None;
        }
        let around = event.loops.last()?;
        let mut queries = summary.events.iter().filter_map(|event| match &event.kind {
            EventKind::Query(query) if event.loops.is_empty() => Some(query),
            _ => None,
        });
        let below = queries.find(|query| {
            !repeated::is_write(context, query)
                && gives(&around.iterable, query)
                && asks_by_parameter(query, summary.function)
        })?;
        Some((*at, around, below))
    })
}

/// Whether what is gone through are rows of a query.
fn gives(iterable: &Value, query: &Query) -> bool {
    let mut found = false;
    iterable.visit(&mut |part| {
        found |= matches!(part, Value::Opaque(opaque)
            if matches!(&opaque.root, Root::Row(row) if row.call == query.call));
    });
    found
}

/// Whether a query asks by what its function is handed.
fn asks_by_parameter(query: &Query, function: FunctionRef) -> bool {
    let mut found = false;
    for argument in &query.arguments {
        argument.visit(&mut |part| {
            found |= matches!(part, Value::Opaque(opaque)
                if matches!(opaque.root, Root::Parameter(of, _) if of == function));
        });
    }
    found
}
