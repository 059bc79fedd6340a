//! Which endpoints give a column back, secret or not, relations that come along included: for the tables of
//! an audit.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_prisma::FieldId;
use snell_project::{endpoint::EndpointKind, schema::ModelRef};

use super::{Row, given, shapes_all_responses, shapes_response};
use crate::{
    functions,
    rule::Context,
    rules::security::{projection::held, rewritten},
    support::refused::is_refused,
};

/// The endpoints of each column, by their positions; nothing where something shapes all answers on
/// their way out.
pub(in crate::rules) type Returned = BTreeMap<(ModelRef, FieldId), BTreeSet<usize>>;

/// All of them.
pub(in crate::rules) fn returned(context: &Context<'_>) -> Option<Returned> {
    let project = context.project;
    if shapes_all_responses(context) {
        return None;
    }
    let mut found = Returned::new();
    for flow in context.flow.endpoints() {
        let endpoint = project.endpoints.get(flow.endpoint);
        let answers = matches!(endpoint.kind, EndpointKind::Http | EndpointKind::Route)
            && functions::is_application(project, endpoint.module)
            && !shapes_response(context, endpoint);
        if !answers {
            continue;
        }
        let mut rows = Vec::new();
        for value in context.flow.answers(flow, endpoint) {
            given(value, &[], 8, &mut rows);
        }
        for row in &rows {
            for column in columns(context, row) {
                found.entry(column).or_default().insert(flow.endpoint);
            }
        }
    }
    Some(found)
}

/// The columns of a row in an answer: one of them, or all that its query asks for.
fn columns(context: &Context<'_>, row: &Row) -> Vec<(ModelRef, FieldId)> {
    let call = context.project.calls.get(row.origin.call);
    let arguments = &row.origin.arguments;
    let Some(model) = call.model() else {
        return Vec::new();
    };
    if !call.operation.gives_rows() || is_refused(call.operation, arguments) {
        return Vec::new();
    }
    let (above, last) = match row.path.split_last() {
        Some((last, above)) => (above, Some(last)),
        None => (&[][..], None),
    };
    let single = last.and_then(|last| {
        let model = related(context, model, above)?;
        let declared = context.project.schemas.model(model);
        let field = declared.field(last).filter(|field| field.is_column())?;
        Some((model, field.id))
    });
    if let Some(column) = single {
        return vec![column];
    }
    let path: Vec<&str> = row.path.iter().map(SmolStr::as_str).collect();
    let fields = held(context, model, arguments, &path).unwrap_or_default();
    fields
        .into_iter()
        .filter(|held| !held.is_left_out(&row.without))
        .filter(|held| !rewritten::somewhere(context, held.field))
        .map(|held| (held.model, held.field.id))
        .collect()
}

/// The model at the end of relations.
fn related(context: &Context<'_>, model: ModelRef, path: &[SmolStr]) -> Option<ModelRef> {
    path.iter().try_fold(model, |model, name| {
        let schema = context.project.schemas.get(model.schema);
        let field = schema.datamodel[model.model].field(name)?;
        let target = schema.datamodel.target(field)?;
        Some(ModelRef {
            schema: model.schema,
            model: target.id,
        })
    })
}
