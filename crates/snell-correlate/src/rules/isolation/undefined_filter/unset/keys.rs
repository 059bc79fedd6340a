//! The properties of what is left on a request.

use smol_str::SmolStr;
use snell_extract::facts::{BindingKind, Expression, ExpressionId, PatternStep, Property};
use snell_prisma::Model;
use snell_project::{
    client::{ClientCall, Operation},
    module::{FunctionRef, In, ModuleId},
    types::Types,
};

use crate::{functions, rule::Context, rules::security::calls};

/// Names, choices and calls that are followed to the object that is left.
const DEPTH: u32 = 10;

/// The names of all properties of what a method gives back; `None` where it may have others.
pub(super) fn given_back(context: &Context<'_>, method: FunctionRef) -> Option<Vec<SmolStr>> {
    of_function(context, method, DEPTH)
}

/// The names of all properties of an object; `None` where it may have others.
pub(in crate::rules::isolation::undefined_filter) fn of(
    context: &Context<'_>,
    module: ModuleId,
    value: ExpressionId,
) -> Option<Vec<SmolStr>> {
    of_value(context, module, value, DEPTH)
}

fn of_function(context: &Context<'_>, method: FunctionRef, depth: u32) -> Option<Vec<SmolStr>> {
    let facts = context.project.modules.facts(method.module);
    let values = facts.function(method.id).body.returned();
    // What gives nothing back may answer by a call.
    if values.is_empty() {
        return None;
    }
    values
        .into_iter()
        .try_fold(Vec::new(), |mut all: Vec<SmolStr>, value| {
            all.extend(of_value(context, method.module, value, depth)?);
            Some(all)
        })
}

fn of_value(
    context: &Context<'_>,
    module: ModuleId,
    value: ExpressionId,
    depth: u32,
) -> Option<Vec<SmolStr>> {
    let depth = depth.checked_sub(1)?;
    let facts = context.project.modules.facts(module);
    let inner = |value: ExpressionId| of_value(context, module, value, depth);
    let id = facts.unwrap_casts(value);
    match facts.expression(id) {
        Expression::Object(properties) => {
            properties.iter().try_fold(Vec::new(), |mut all, property| {
                match property {
                    Property::Value { key, .. } | Property::Method { key, .. } => {
                        all.push(key.name()?.text.clone());
                    }
                    Property::Spread { value, .. } => all.extend(inner(*value)?),
                }
                Some(all)
            })
        }
        Expression::Conditional {
            then, otherwise, ..
        } => Some([inner(*then)?, inner(*otherwise)?].concat()),
        Expression::Null | Expression::Undefined => Some(Vec::new()),
        Expression::Await(value) => inner(*value),
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => {
            let binding = facts.binding(*binding);
            match &binding.kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } if !binding.reassigned
                    && matches!(init.path.as_slice(), [] | [PatternStep::Rest]) =>
                {
                    inner(init.value)
                }
                _ => None,
            }
        }
        Expression::Call { callee, .. } => {
            let mut queries = context.project.calls.of_module(module);
            if let Some((_, query)) = queries.find(|(_, query)| query.expression == id) {
                return of_row(context, query);
            }
            let callee = In {
                module,
                id: *callee,
            };
            let function = Types::new(&context.project.modules).callee(callee)?;
            of_function(context, function, depth)
        }
        _ => None,
    }
}

/// The names of what a row holds that a query finds.
fn of_row(context: &Context<'_>, query: &ClientCall) -> Option<Vec<SmolStr>> {
    let one = matches!(
        query.operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::Create
            | Operation::Update
            | Operation::Upsert
    );
    let model = query
        .model()
        .filter(|_| one && !query.client.changes_queries())?;
    let facts = context.project.modules.facts(query.module);
    let Expression::Call { arguments, .. } = facts.expression(query.expression) else {
        return None;
    };
    let first = arguments.first()?.value;
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(first)) else {
        return None;
    };
    let plain = |property: &Property| matches!(property, Property::Value { key, .. } if key.name().is_some());
    if !properties.iter().all(plain) {
        return None;
    }
    let chosen = |name: &str| calls::property(facts, first, name);
    let names = |chosen: ExpressionId| match facts.expression(facts.unwrap_casts(chosen)) {
        Expression::Object(_) => of_value(context, query.module, chosen, 1),
        _ => None,
    };
    if let Some(select) = chosen("select") {
        return names(select);
    }
    let declared: &Model = context.project.schemas.model(model);
    let columns = declared.columns().map(|field| field.name.clone());
    let mut all: Vec<SmolStr> = columns.collect();
    if let Some(include) = chosen("include") {
        all.extend(names(include)?);
    }
    Some(all)
}

/// Whether a method of a strategy may answer by a call: it is handed what to call.
pub(super) fn answers_by_call(context: &Context<'_>, method: FunctionRef) -> bool {
    let declared = functions::declared(context.project, method);
    declared.is_none_or(|declared| {
        declared.parameters.iter().any(|parameter| {
            let at = context.project.modules.at(method.module, parameter.span);
            let text = context.text(at).to_ascii_lowercase();
            let named = ["done", "callback", "verified", "cb", "next"];
            let own = text.split(|c: char| !c.is_ascii_alphanumeric()).next();
            own.is_some_and(|own| named.contains(&own)) && {
                let function = context.project.modules.at(method.module, declared.span);
                let body = context.text(function).to_ascii_lowercase();
                named.iter().any(|name| body.contains(&format!("{name}(")))
            }
        })
    })
}
