//! What says that the rounds of a loop are few, or that nobody waits for them.

use snell_extract::facts::{BindingKind, Element, Expression, ExpressionId, ModuleFacts};
use snell_flow::{Root, Step, Value};
use snell_project::{
    module::FunctionRef,
    ownership::{Ownership, RootKind},
};

use super::{super::repeated::Repeated, FEW};
use crate::{
    functions,
    rule::Context,
    support::{name_words::words, row_uses::Spoken},
};

/// Lists no longer than this cost nobody much who does not wait.
const SOME: u32 = 100;

/// Why a loop costs little, where its list or those who run it say so.
pub(super) fn why(context: &Context<'_>, one: &Repeated<'_>, background: bool) -> Option<String> {
    if functions::is_start(context.project, one.function) {
        return Some("it runs once, when the application starts".to_owned());
    }
    let bound = match (one.bound(context), sliced(context, one)) {
        (Some(read), Some(sliced)) => Some(read.min(sliced)),
        (read, sliced) => read.or(sliced),
    };
    if let Some(bound) = bound.filter(|bound| *bound <= FEW || background && *bound <= SOME) {
        return Some(format!("the list has at most {bound} elements"));
    }
    if is_of_tenants(context, one) && removes(context, one.function) {
        return Some(
            "it runs when something is deleted, for the few that a user belongs to".to_owned(),
        );
    }
    // Of a library, others say the names.
    let entered = context.flow.endpoints().next().is_some();
    let spoken = context.shared.get_or_init(Spoken::default);
    let dead = entered && spoken.is_dead(context, one.function);
    dead.then(|| "nothing in the application calls it".to_owned())
}

/// How many elements `list.slice(0, 5)` leaves, in the head of the loop or where what it goes through is made.
fn sliced(context: &Context<'_>, one: &Repeated<'_>) -> Option<u32> {
    let module = one.function.module;
    let facts = context.project.modules.facts(module);
    let whole = context
        .project
        .modules
        .at(module, facts.function(one.function.id).span);
    if whole.file != one.around.at.file {
        return None;
    }
    let head = facts.expressions.iter();
    let head = head.filter(|node| one.around.at.span.contains(node.span));
    let mut bounds = head.filter_map(|node| match &node.kind {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if init.path.is_empty() => bound_of(facts, facts.expression(init.value)),
            _ => None,
        },
        made => bound_of(facts, made),
    });
    bounds.next()
}

fn bound_of(facts: &ModuleFacts, made: &Expression) -> Option<u32> {
    let call = facts.method_call(made)?;
    let [from, to] = call.arguments else {
        return None;
    };
    let number = |id: ExpressionId| match facts.expression(id) {
        Expression::Number(number) => number.parse::<u32>().ok(),
        _ => None,
    };
    let slices = call.property.text == "slice";
    let (from, to) = (number(from.value)?, number(to.value)?);
    slices.then(|| to.checked_sub(from)).flatten()
}

/// Whether every call of the function writes the list down: `check([before, after])`.
pub(super) fn is_handed_literals(context: &Context<'_>, one: &Repeated<'_>) -> bool {
    let Value::Opaque(list) = &one.around.iterable else {
        return false;
    };
    let plain = list.path.iter().all(|step| matches!(step, Step::Each(_)));
    let Root::Parameter(function, position) = &list.root else {
        return false;
    };
    if !plain || *function != one.function {
        return false;
    }
    let graph = context.flow.call_graph();
    let mut sites = graph.sites(*function).peekable();
    sites.peek().is_some()
        && sites.all(|at| {
            let facts = context.project.modules.facts(at.module);
            let Expression::Call { arguments, .. } = facts.expression(at.id) else {
                return false;
            };
            let handed = arguments.get(*position as usize);
            handed.is_some_and(|handed| !handed.spread && is_written_down(facts, handed.value))
        })
}

/// `[before, after]`, nothing spread into it.
fn is_written_down(facts: &ModuleFacts, list: ExpressionId) -> bool {
    match facts.expression(facts.unwrap_casts(list)) {
        Expression::Array(elements) => {
            !elements.is_empty()
                && elements.len() <= FEW as usize
                && elements
                    .iter()
                    .all(|element| matches!(element, Element::Value(_)))
        }
        _ => false,
    }
}

/// Whether the rows that are gone through are groups that people belong to.
fn is_of_tenants(context: &Context<'_>, one: &Repeated<'_>) -> bool {
    let mut found = false;
    one.around.iterable.visit(&mut |value| {
        if let Value::Opaque(opaque) = value
            && let Root::Row(row) = &opaque.root
        {
            let model = context.project.calls.get(row.call).model();
            found |= model.is_some_and(|model| {
                *context.project.owners.of(model) == Ownership::Root(RootKind::Tenant)
            });
        }
    });
    found
}

/// Whether a function says that it is about deleting something.
fn removes(context: &Context<'_>, function: FunctionRef) -> bool {
    let name = functions::name(context.project, function);
    let own = name.rsplit('.').next().unwrap_or(&name);
    let mut words = words(own).into_iter();
    words.any(|word| matches!(word.as_str(), "delete" | "deletion" | "remove" | "removal"))
}
