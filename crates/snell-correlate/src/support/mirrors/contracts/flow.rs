//! Types whose values are written to a model, or that rows of it are given back as.

use rustc_hash::FxHashSet;
use snell_flow::{Opaque, Root, Step, Value};
use snell_project::{
    module::{FunctionRef, Symbol},
    schema::{FieldRef, ModelRef},
};
use snell_source::Location;

use super::{Evidence, Mirror, Shown, asserted, is_judged, mirror_of_type};
use crate::{
    functions,
    rule::Context,
    support::{
        carried::carried,
        declared::{self, Said},
    },
};

/// Types inside types are looked at this deep.
const DEPTH: u32 = 8;

pub(super) fn find(context: &Context<'_>, shown: &mut Vec<Shown>) {
    written(context, shown);
    returned(context, shown);
}

/// `data: dto`, `{ ...dto }`, `{ name: dto.name }`
fn written(context: &Context<'_>, shown: &mut Vec<Shown>) {
    let mut last: Option<(usize, Opaque)> = None;
    for one in carried(context).iter() {
        let mut parent = Opaque::clone(&one.value);
        let Some(Step::Property(_)) = parent.path.pop() else {
            continue;
        };
        // The properties of one object come one after another.
        let key = (one.endpoint, parent);
        if last.as_ref() == Some(&key) {
            continue;
        }
        let declared = declared::value(context, Some(one.endpoint(context)), &key.1);
        last = Some(key);
        let mirror = declared.and_then(|declared| match declared.ty {
            Said::Type(ty) => mirror_of_type(context, declared.module, ty, DEPTH),
            Said::Zod(schema) => {
                let facts = context.project.modules.facts(declared.module);
                match facts.expression(schema) {
                    snell_extract::facts::Expression::Identifier {
                        binding: Some(binding),
                        ..
                    } => match context.project.modules.binding(declared.module, *binding) {
                        Symbol::Variable(variable) => Some(Mirror::Zod(variable)),
                        _ => None,
                    },
                    _ => None,
                }
            }
            Said::Nothing => None,
        });
        if let Some(mirror) = mirror {
            let call = context.project.calls.get(one.call);
            shown.push(Shown {
                mirror,
                model: one.model,
                evidence: Evidence::Written,
                because: context.project.modules.at(call.module, call.name.span),
            });
        }
    }
}

/// A function that says what it gives back, and gives back rows, or objects made of them.
fn returned(context: &Context<'_>, shown: &mut Vec<Shown>) {
    for summary in context.flow.functions() {
        let function = summary.function;
        if !is_judged(context, function.module) {
            continue;
        }
        let declared = functions::declared(context.project, function);
        let Some(ty) = declared.and_then(|declared| declared.result) else {
            continue;
        };
        let Some(mirror) = mirror_of_type(context, function.module, ty, DEPTH) else {
            continue;
        };
        if let Some((model, because)) = source(context, &summary.result) {
            let evidence = if is_made(&summary.result) {
                Evidence::Mapped
            } else {
                Evidence::Returned
            };
            shown.push(Shown {
                mirror,
                model,
                evidence,
                because,
            });
        }
    }
}

/// The fields that some function gives back converted, under their own names.
pub(super) fn converted(context: &Context<'_>) -> FxHashSet<FieldRef> {
    let mut found = FxHashSet::default();
    for summary in context.flow.functions() {
        summary.result.visit(&mut |value| {
            let Value::Object(object) = value else {
                return;
            };
            for (name, entry) in &object.entries {
                if let Value::Opaque(part) = &entry.value
                    && part.path.contains(&Step::Converted)
                    && part.path.contains(&Step::Property(name.clone()))
                    && let Some((model, _)) = row_of(context, part)
                    && let Some(field) = context.project.schemas.model(model).field(name)
                {
                    found.insert(FieldRef {
                        schema: model.schema,
                        field: field.id,
                    });
                }
            }
        });
    }
    found
}

/// Whether an object is made of what was read.
fn is_made(value: &Value) -> bool {
    match value {
        Value::OneOf(choices) => choices.iter().any(|choice| is_made(&choice.value)),
        Value::Array(array) => array.elements.iter().chain(&array.rest).any(is_made),
        Value::Object(_) => true,
        _ => false,
    }
}

/// The model whose rows a value is, or is made of.
fn source(context: &Context<'_>, value: &Value) -> Option<(ModelRef, Location)> {
    match value {
        Value::OneOf(choices) => {
            let mut sources = choices
                .iter()
                .filter(|choice| !matches!(choice.value, Value::Null | Value::Undefined))
                .map(|choice| source(context, &choice.value));
            let first = sources.next()??;
            sources
                .all(|other| other.is_some_and(|(model, _)| model == first.0))
                .then_some(first)
        }
        Value::Array(array) => {
            let mut elements = array.elements.iter().chain(&array.rest);
            source(context, elements.next()?)
        }
        Value::Opaque(row) => {
            let is_whole = row
                .path
                .iter()
                .all(|step| matches!(step, Step::Each(_) | Step::At(_)));
            is_whole.then(|| row_of(context, row)).flatten()
        }
        Value::Object(object) => {
            let mut found: Vec<(ModelRef, Location)> = Vec::new();
            for entry in object.entries.values() {
                if let Value::Opaque(part) = &entry.value
                    && let Some((model, because)) = row_of(context, part)
                    && let Some(Step::Property(name)) = part
                        .path
                        .iter()
                        .find(|step| matches!(step, Step::Property(_)))
                    && context.project.schemas.model(model).field(name).is_some()
                {
                    found.push((model, because));
                }
            }
            let first = *found.first()?;
            let same = found.iter().filter(|(model, _)| *model == first.0).count();
            (same >= 2 && same * 2 >= object.entries.len()).then_some(first)
        }
        _ => None,
    }
}

/// The model of a row, or of a parameter that is declared as one.
fn row_of(context: &Context<'_>, value: &Opaque) -> Option<(ModelRef, Location)> {
    match &value.root {
        Root::Row(origin) => {
            let call = context.project.calls.get(origin.call);
            let model = call.model()?;
            let at = context.project.modules.at(call.module, call.name.span);
            (call.operation.gives_rows() && !call.operation.is_raw()).then_some((model, at))
        }
        Root::Parameter(function, index) => of_parameter(context, *function, *index),
        _ => None,
    }
}

fn of_parameter(
    context: &Context<'_>,
    function: FunctionRef,
    index: u32,
) -> Option<(ModelRef, Location)> {
    let declared = declared::parameter(context, function, index)?;
    let Said::Type(ty) = declared.ty else {
        return None;
    };
    let model = asserted::model_of_type(context, declared.module, ty, DEPTH)?;
    Some((
        model,
        context.project.modules.at(declared.module, declared.at),
    ))
}
