//! What a value is made of, as the code writes it.

use snell_extract::facts::{
    Argument, BindingKind, Expression, ExpressionId, LogicalOperator, ModuleFacts,
};
use snell_project::module::{ExpressionRef, In};

use crate::rule::Context;

/// Names and branches are followed this deep.
const DEPTH: u32 = 6;

/// A method that is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Method<'f> {
    /// On what.
    pub object: ExpressionId,
    /// Its name.
    pub name: &'f str,
    /// With what.
    pub arguments: &'f [Argument],
}

/// The call of a method, when an expression is one.
pub(super) fn method(facts: &ModuleFacts, id: ExpressionId) -> Option<Method<'_>> {
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(id)
    else {
        return None;
    };
    match facts.expression(*callee) {
        Expression::Member {
            object, property, ..
        } => Some(Method {
            object: *object,
            name: &property.text,
            arguments,
        }),
        _ => None,
    }
}

/// The expressions whose value an expression may have: branches of conditions, what a constant
/// of the module was given, what is awaited or cast.
pub(super) fn sources(context: &Context<'_>, at: ExpressionRef) -> Vec<ExpressionRef> {
    let facts = context.project.modules.facts(at.module);
    let mut found = Vec::new();
    collect(facts, at.id, DEPTH, &mut found);
    let in_module = found.into_iter().map(|id| In { id, ..at });
    in_module.collect()
}

fn collect(facts: &ModuleFacts, id: ExpressionId, depth: u32, found: &mut Vec<ExpressionId>) {
    let id = facts.unwrap_casts(id);
    let Some(depth) = depth.checked_sub(1) else {
        return found.push(id);
    };
    match facts.expression(id) {
        Expression::Await(inner) => collect(facts, *inner, depth, found),
        Expression::Conditional {
            then, otherwise, ..
        } => {
            collect(facts, *then, depth, found);
            collect(facts, *otherwise, depth, found);
        }
        Expression::Logical {
            operator,
            left,
            right,
        } => {
            if *operator != LogicalOperator::And {
                collect(facts, *left, depth, found);
            }
            collect(facts, *right, depth, found);
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if init.path.is_empty() => collect(facts, init.value, depth, found),
            _ => found.push(id),
        },
        _ => found.push(id),
    }
}
