//! Who asks, given back whole: the row that a guard, or a strategy, looked up and left at the request.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, ExpressionKind, Function, ModuleFacts, Pattern,
};
use snell_flow::{EventKind, Root, RowOrigin, Summary, Value};
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind, Given},
    module::{In, ModuleId},
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{
    RULE, Row,
    cure::{cure, others, secret_of},
    given, shapes_response,
};
use crate::{
    functions,
    rule::Context,
    rules::security::{projection::held, rewritten, sensitive::Secret, tell},
};

/// Endpoints that a finding shows.
const SHOWN: usize = 3;

/// One finding for what stands before the endpoints, with those that give it back.
pub(super) fn finding(context: &Context<'_>) -> Option<Diagnostic> {
    let left = left(context)?;
    let row = left.first()?;
    let secrets: Vec<_> = left
        .iter()
        .filter_map(|row| passwords(context, row))
        .collect();
    // Where one of several leaves less, which it was is not known.
    if secrets.len() < left.len() {
        return None;
    }
    let answering = context.flow.endpoints().filter(|flow| {
        let endpoint = context.project.endpoints.get(flow.endpoint);
        let answers = matches!(endpoint.kind, EndpointKind::Http | EndpointKind::Route)
            && functions::is_application(context.project, endpoint.module)
            && !shapes_response(context, endpoint)
            && !flow.summary.cut
            && is_handed_whole(context, endpoint);
        answers
            && context
                .flow
                .answers(flow, endpoint)
                .into_iter()
                .any(is_who_asks)
    });
    let endpoints: Vec<&Endpoint> = answering
        .map(|flow| context.project.endpoints.get(flow.endpoint))
        .collect();
    let first = endpoints.first()?;
    let (field, help) = secrets.into_iter().next()?;
    let call = row.origin.call;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        tell::operation(context, call),
        format!("`{}` gives `{field}` back", first.name),
    )
    .label("loads every column, this one as well, and leaves the row at the request");
    for endpoint in endpoints.iter().take(SHOWN) {
        found = found.related(endpoint.at, "answers with what stands at the request");
    }
    let found = found
        .lowered(Severity::Medium, "the row is one of who asks")
        .confidence(Confidence::Likely)
        .help(help);
    Some(found.subject(format!("field:{field} asker")))
}

/// The password in a row with every column, and how it is kept out.
fn passwords(context: &Context<'_>, row: &Row) -> Option<(String, String)> {
    let call = context.project.calls.get(row.origin.call);
    let model = call.model().filter(|_| row.path.is_empty())?;
    let fields = held(context, model, &row.origin.arguments, &[])?;
    let secrets: Vec<_> = fields
        .into_iter()
        .filter(|held| !held.nested && !held.named && !row.without.contains(&held.field.name))
        .filter_map(|held| Some((secret_of(context, &held)?, held)))
        .filter(|(_, held)| !rewritten::somewhere(context, held.field))
        .collect();
    let (_, worst) = secrets
        .iter()
        .find(|(secret, _)| *secret == Secret::Password)?;
    let omits = context
        .project
        .prisma_version(call.module)
        .is_none_or(|version| version.has_reached(6, 2));
    let declared = context.project.schemas.model(model);
    Some((
        format!("{}.{}", declared.name, worst.field.name),
        cure(worst, &others(&secrets, worst), omits),
    ))
}

/// The rows that guards and strategies leave at the request; `None` when one of them leaves something else.
fn left(context: &Context<'_>) -> Option<Vec<Row>> {
    let project = context.project;
    let mut found = Vec::new();
    for flow in context.flow.endpoints() {
        let endpoint = project.endpoints.get(flow.endpoint);
        let before = endpoint.kind == EndpointKind::Before
            && functions::is_application(project, endpoint.module);
        if !before {
            continue;
        }
        let name = functions::name(project, endpoint.handler);
        let facts = project.modules.facts(endpoint.handler.module);
        match name.rsplit('.').next() {
            // Who signs in by a password is not asked for later.
            Some("validate") if !is_of_sign_in(facts) => {
                for value in context.flow.answers(flow, endpoint) {
                    found.extend(row_of(context, value)?);
                }
            }
            Some("canActivate") => {
                let own = facts.function(endpoint.handler.id);
                for value in assigned(facts, own) {
                    let at = endpoint.handler.module;
                    found.push(looked_up(context, at, value, &flow.summary)?);
                }
            }
            _ => {}
        }
    }
    Some(found)
}

/// The row that a strategy gives back, if it gives back anything.
fn row_of(context: &Context<'_>, value: &Value) -> Option<Vec<Row>> {
    if matches!(value, Value::Undefined | Value::Null | Value::Literal(_)) {
        return Some(Vec::new());
    }
    let mut rows = Vec::new();
    given(value, &[], 4, &mut rows);
    let whole = matches!(value, Value::Opaque(_) | Value::OneOf(_)) && !rows.is_empty();
    let of_people = |row: &Row| {
        let model = context.project.calls.get(row.origin.call).model();
        row.path.is_empty() && model.is_some_and(|model| is_identity(context, model))
    };
    (whole && rows.iter().all(of_people)).then_some(rows)
}

fn is_identity(context: &Context<'_>, model: ModelRef) -> bool {
    *context.project.owners.of(model) == Ownership::Root(RootKind::Identity)
}

/// Whether a strategy is the one by which somebody signs in with a password.
fn is_of_sign_in(facts: &ModuleFacts) -> bool {
    let mut imports = facts.imports.iter();
    imports.any(|import| import.source.text.contains("passport-local"))
}

/// What a function puts to `request.user`.
fn assigned(facts: &ModuleFacts, within: &Function) -> Vec<ExpressionId> {
    let nodes = facts.all([ExpressionKind::Assign]);
    let own = nodes.filter(|(_, node)| within.span.contains(node.span));
    own.filter_map(|(_, node)| match &node.kind {
        Expression::Assign { target, value, .. } => match &**target {
            Pattern::Expression(place) => match facts.expression(*place) {
                Expression::Member { property, .. } if property.text == "user" => Some(*value),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
    .collect()
}

/// The row that an expression holds, when it is what a query gave.
fn looked_up(
    context: &Context<'_>,
    module: ModuleId,
    value: ExpressionId,
    summary: &Summary,
) -> Option<Row> {
    let project = context.project;
    let facts = project.modules.facts(module);
    let mut at = facts.unwrap_casts(value);
    if let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(at)
        && let BindingKind::Variable {
            init: Some(init), ..
        } = &facts.binding(*binding).kind
        && init.path.is_empty()
    {
        at = facts.unwrap_casts(init.value);
    }
    if let Expression::Await(inner) = facts.expression(at) {
        at = facts.unwrap_casts(*inner);
    }
    summary.events.iter().find_map(|event| {
        let EventKind::Query(query) = &event.kind else {
            return None;
        };
        let call = project.calls.get(query.call);
        let same = In {
            module: call.module,
            id: call.expression,
        } == In { module, id: at };
        let people = call
            .model()
            .is_some_and(|model| is_identity(context, model));
        (same && people && call.operation.gives_rows())
            .then(|| row(query.call, query.arguments.first()))
    })
}

fn row(call: CallId, arguments: Option<&Value>) -> Row {
    Row {
        origin: Arc::new(RowOrigin::of(call, arguments.unwrap_or(&Value::Undefined))),
        path: Vec::new(),
        without: Vec::<SmolStr>::new(),
    }
}

/// Whether a value is who asks, as they stand at the request.
fn is_who_asks(value: &Value) -> bool {
    match value {
        Value::Opaque(opaque) => opaque.root == Root::Identity && opaque.path.is_empty(),
        Value::Object(object) => {
            let mut values = object.entries.values();
            values.any(|entry| is_who_asks(&entry.value))
                || object.entries.is_empty() && object.spreads.iter().any(is_who_asks)
        }
        _ => false,
    }
}

/// Whether the decorator of an endpoint's parameter hands over who asks, and no part of them.
fn is_handed_whole(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    let facts = context.project.modules.facts(endpoint.handler.module);
    let parameters = &facts.function(endpoint.handler.id).parameters;
    let mut both = endpoint.parameters.iter().zip(parameters);
    both.any(|(given, parameter)| {
        let part = parameter.decorators.iter().any(|decorator| {
            matches!(facts.expression(decorator.expression),
                Expression::Call { arguments, .. } if !arguments.is_empty())
        });
        let place = context
            .project
            .modules
            .at(endpoint.handler.module, parameter.span);
        let text = context.text(place);
        let declared = text.split_once(':').map(|(_, ty)| ty.trim());
        let primitive =
            declared.is_none_or(|ty| ty.starts_with("string") || ty.starts_with("number"));
        *given == Given::Identity && !part && !primitive
    })
}
