//! The queries of the application's own code.

use rustc_hash::FxHashMap;
use snell_flow::{ObjectValue, QueryEvent, Value};
use snell_project::{
    client::{CallId, CallTarget, ClientCall},
    schema::ModelRef,
};
use snell_source::Location;

use crate::rule::Context;

/// A query of a model, in code that is neither a test nor a seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelQuery<'a> {
    /// The model; a query of one of several is given once for each.
    pub model: ModelRef,
    /// The call.
    pub call: &'a ClientCall,
    /// The call as its function runs it.
    pub event: QueryEvent<'a>,
}

impl<'a> ModelQuery<'a> {
    /// The argument under a key: `where`, `data`, `include`.
    pub(crate) fn argument(&self, key: &str) -> Option<&'a Value> {
        let first = self.event.query.arguments.first()?;
        first
            .as_object()?
            .entries
            .get(key)
            .map(|entry| &entry.value)
    }
}

/// Whether a query that names one row takes nothing but unique keys in its `where`: before Prisma 5 other conditions stand
/// there only where the preview feature is on.
pub(crate) fn takes_keys_alone(context: &Context<'_>, call: &ClientCall) -> bool {
    let version = context.project.prisma_version(call.module);
    call.operation.is_by_unique()
        && version.is_some_and(|version| version.major < 5)
        && call
            .model()
            .is_some_and(|model| !previews(context, model, "extendedWhereUnique"))
}

/// Whether a preview feature is on in the schema of a model.
pub(crate) fn previews(context: &Context<'_>, model: ModelRef, feature: &str) -> bool {
    let schema = context.project.schemas.get(model.schema);
    schema.datamodel.generators().iter().any(|generator| {
        let mut features = generator.preview_features.iter();
        features.any(|one| one == feature)
    })
}

/// Queries of models in application code, in the order of calls.
pub(crate) fn of_models<'a>(context: &Context<'a>) -> impl Iterator<Item = ModelQuery<'a>> {
    application(context).flat_map(|(call, event)| {
        let models = match &call.target {
            CallTarget::Models(models) => models.as_slice(),
            _ => &[],
        };
        models.iter().map(move |model| ModelQuery {
            model: *model,
            call,
            event,
        })
    })
}

/// The calls of each model's queries.
struct ByModel(FxHashMap<ModelRef, Vec<CallId>>);

/// Those of one model alone: a rule that asks for each model does not go through all of them each time.
pub(crate) fn of_model<'a>(context: &Context<'a>, model: ModelRef) -> Vec<ModelQuery<'a>> {
    let by_model = context.shared.get_or_init(|| {
        let mut calls: FxHashMap<ModelRef, Vec<CallId>> = FxHashMap::default();
        for query in of_models(context) {
            let of_model = calls.entry(query.model).or_default();
            of_model.push(query.event.query.call);
        }
        ByModel(calls)
    });
    let calls = by_model.0.get(&model).into_iter().flatten();
    calls
        .filter_map(|id| {
            Some(ModelQuery {
                model,
                call: context.project.calls.get(*id),
                event: context.flow.runs(*id).next()?,
            })
        })
        .collect()
}

/// Every query of application code, raw ones and those of unknown models included.
pub(crate) fn application<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a ClientCall, QueryEvent<'a>)> {
    let project = context.project;
    context
        .flow
        .queries()
        .map(move |event| (project.calls.get(event.query.call), event))
        .filter(move |(call, _)| {
            let facts = project.path_facts(call.module);
            !(facts.test || facts.seed || facts.sample || facts.vendored || facts.story)
        })
}

/// Where a call names its operation.
pub(crate) fn operation_at(context: &Context<'_>, call: &ClientCall) -> Location {
    context.project.modules.at(call.module, call.name.span)
}

/// The objects that a value may be.
pub(crate) fn objects(value: &Value) -> impl Iterator<Item = &ObjectValue> {
    value.choices().into_iter().filter_map(Value::as_object)
}

/// The constant text of a value: of a template, what stands between its values.
pub(crate) fn constant_text(value: &Value) -> String {
    let mut text = String::new();
    value.visit(&mut |part| match part {
        Value::Literal(_) => {
            text.push(' ');
            text.push_str(&part.constant_text().unwrap_or_default());
        }
        Value::Text(parts) => {
            for part in parts.iter() {
                if let snell_flow::TextPart::Constant(constant) = part {
                    text.push(' ');
                    text.push_str(constant);
                }
            }
        }
        _ => {}
    });
    text
}
