//! Queries whose rows a call gives as a list.

use snell_flow::{EventKind, Root, RowOrigin, Summary, Value};
use snell_project::{
    client::Operation,
    module::{ExpressionRef, In},
};

use crate::rule::Context;

/// What the outermost function around an expression does.
fn outermost<'a>(context: &Context<'a>, at: ExpressionRef) -> Option<&'a Summary> {
    let module = at.module;
    let owner = context.project.modules.get(module);
    let mut id = owner.context.function(at.id)?;
    loop {
        if let Some(summary) = context.flow.function(In { module, id }) {
            return Some(summary);
        }
        id = owner.facts.function(id).parent?;
    }
}

/// The query whose rows a call gives as a list: `findMany` itself, or a function that gives back what one found.
pub(super) fn rows(context: &Context<'_>, at: ExpressionRef) -> Option<RowOrigin> {
    let summary = outermost(context, at)?;
    if let Some(own) = context.project.call_at(at) {
        return summary.events.iter().find_map(|event| match &event.kind {
            EventKind::Query(query) if query.call == own => {
                let operation = context.project.calls.get(own).operation;
                let arguments = query.arguments.first().unwrap_or(&Value::Undefined);
                (operation == Operation::FindMany).then(|| RowOrigin::of(own, arguments))
            }
            _ => None,
        });
    }
    let result = summary.events.iter().find_map(|event| match &event.kind {
        EventKind::Call {
            at: called,
            summary,
        } if *called == at => Some(&summary.result),
        _ => None,
    })?;
    let Value::Array(array) = result else {
        return None;
    };
    let mut origin = None;
    array.rest.as_ref()?.visit(&mut |value| {
        if let Value::Opaque(opaque) = value
            && let Root::Row(row) = &opaque.root
        {
            origin.get_or_insert_with(|| RowOrigin::clone(row));
        }
    });
    let origin = origin?;
    let operation = context.project.calls.get(origin.call).operation;
    (operation == Operation::FindMany || operation.is_raw()).then_some(origin)
}
