//! The way from an endpoint to a query, as labels.

use snell_extract::facts::Expression;
use snell_flow::Entry;
use snell_project::{client::CallId, module::ExpressionRef};
use snell_source::{DiagnosticBuilder, Location};

use super::traffic::Sent;
use crate::rule::Context;

/// Calls on the way that a finding shows.
const MAX_CALLS: usize = 3;

/// Where a query's operation is named.
pub(super) fn operation(context: &Context<'_>, call: CallId) -> Location {
    let call = context.project.calls.get(call);
    context.project.modules.at(call.module, call.name.span)
}

/// `user.update`, for messages.
pub(super) fn title(context: &Context<'_>, call: CallId) -> String {
    let call = context.project.calls.get(call);
    let name = &call.name.text;
    match call.model() {
        Some(model) => format!("{}.{name}", context.project.schemas.model(model).accessor),
        None => name.to_string(),
    }
}

/// Where an entry of an object is written.
pub(super) fn entry(context: &Context<'_>, entry: &Entry) -> Location {
    let key = context.project.modules.at(entry.module, entry.key);
    match entry.at {
        Some(at) if at.module == entry.module => {
            let value = context.project.modules.location(at);
            Location {
                file: key.file,
                span: key.span.cover(value.span),
            }
        }
        _ => key,
    }
}

/// Adds the endpoint and the calls that lead from it to the query.
pub(super) fn way(
    finding: DiagnosticBuilder,
    context: &Context<'_>,
    sent: &Sent,
    label: &str,
) -> DiagnosticBuilder {
    let endpoint = sent.endpoint(context);
    let mut finding = finding.related(endpoint.at, label);
    for at in sent.trail.iter().take(MAX_CALLS) {
        finding = finding.related(callee(context, *at), "this call leads to the query");
    }
    finding
}

/// The name of what a call calls, where it stands.
pub(super) fn callee(context: &Context<'_>, at: ExpressionRef) -> Location {
    let facts = context.project.modules.facts(at.module);
    let span = match facts.expression(at.id) {
        Expression::Call { callee, .. } => match facts.expression(*callee) {
            Expression::Member { property, .. } => property.span,
            _ => facts.span(*callee),
        },
        _ => facts.span(at.id),
    };
    context.project.modules.at(at.module, span)
}
