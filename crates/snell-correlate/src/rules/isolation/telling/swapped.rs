//! Arguments that stand in another order than the parameters: who asks is handed over, and arrives as something else.

use snell_extract::facts::{Expression, ExpressionId, ModuleFacts, Pattern};
use snell_project::module::{ExpressionRef, FunctionRef, In};

use crate::{
    functions,
    rule::Context,
    rules::isolation::exposure::{Exposure, Fault},
};

/// A call that mixes its arguments up.
pub(super) struct Swapped {
    pub(super) call: ExpressionRef,
    /// The name of an argument, and of the parameter that it becomes.
    pub(super) argument: String,
    pub(super) parameter: String,
    /// The call in the order of the parameters.
    pub(super) right: String,
}

/// The first of the calls that lead to a query for the owner whom it names.
pub(super) fn of(context: &Context<'_>, exposure: &Exposure) -> Option<Swapped> {
    if !matches!(
        exposure.fault,
        Fault::Owner(_) | Fault::Asked(_) | Fault::Posed(_) | Fault::NewOwner(_)
    ) {
        return None;
    }
    let query = context.project.calls.get(exposure.call);
    let query = In {
        module: query.module,
        id: query.expression,
    };
    let inside = exposure.trail.iter().skip(1).chain([&query]);
    let mut calls = exposure.trail.iter().zip(inside);
    calls.find_map(|(call, inside)| in_call(context, *call, around(context, *inside)?))
}

/// The outermost function around a place.
fn around(context: &Context<'_>, at: ExpressionRef) -> Option<FunctionRef> {
    let module = context.project.modules.get(at.module);
    let inner = module.context.function(at.id)?;
    Some(In {
        module: at.module,
        id: module.facts.outermost(inner),
    })
}

fn in_call(context: &Context<'_>, call: ExpressionRef, called: FunctionRef) -> Option<Swapped> {
    let facts = context.project.modules.facts(call.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(call.id)
    else {
        return None;
    };
    let theirs = context.project.modules.facts(called.module);
    let declared = functions::declared(context.project, called)?;
    let parameters: Vec<Option<&str>> = declared
        .parameters
        .iter()
        .map(|parameter| bound(theirs, &parameter.pattern))
        .collect();
    let given: Vec<Option<&str>> = arguments
        .iter()
        .map(|argument| last_name(facts, argument.value).filter(|_| !argument.spread))
        .collect();
    let pairs = given.iter().zip(&parameters).enumerate();
    let mut displaced = pairs.filter_map(|(n, (own, becomes))| {
        let (own, becomes) = ((*own)?, (*becomes)?);
        let meant = parameters.iter().position(|one| *one == Some(own));
        let elsewhere = meant.is_some_and(|meant| {
            meant != n && given.get(meant).is_some_and(|there| *there != Some(own))
        });
        elsewhere.then(|| (own.to_owned(), becomes.to_owned()))
    });
    let (argument, parameter) = displaced.next()?;
    displaced.next()?;
    let name = last_name(facts, *callee)?;
    let names: Vec<&str> = parameters.iter().map(|one| one.unwrap_or("...")).collect();
    Some(Swapped {
        call,
        argument,
        parameter,
        right: format!("{name}({})", names.join(", ")),
    })
}

fn bound<'f>(facts: &'f ModuleFacts, pattern: &Pattern) -> Option<&'f str> {
    match pattern {
        Pattern::Binding(name) => Some(facts.binding(*name).name.as_str()),
        Pattern::Default { target, .. } => bound(facts, target),
        _ => None,
    }
}

/// `id` of `request.user.id`
fn last_name(facts: &ModuleFacts, id: ExpressionId) -> Option<&str> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => Some(name.as_str()),
        Expression::Member { property, .. } => Some(property.text.as_str()),
        _ => None,
    }
}
