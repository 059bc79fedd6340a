//! Numbers that are counted up and given to somebody.

use snell_extract::facts::{BinaryOperator, Expression, ExpressionId, ExpressionKind};
use snell_flow::Entry;

use super::step::ASKS;
use crate::rule::Context;

/// Whether the new number goes elsewhere, too: into a name, a row, an answer.
pub(super) fn is_handed_out(context: &Context<'_>, entry: &Entry, field: &str) -> bool {
    let Some(at) = entry.at else {
        return false;
    };
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let Some(outer) = module.context.function(at.id) else {
        return false;
    };
    let outer = facts.outermost(outer);
    let around = facts.function(outer).span;
    let own = facts.span(at.id);
    let written = facts.unwrap_casts(at.id);
    let name = match facts.expression(written) {
        Expression::Identifier { binding, .. } => *binding,
        _ => None,
    };
    let of_field = |side: ExpressionId| {
        matches!(facts.expression(facts.unwrap_casts(side)),
            Expression::Member { property, .. } if property.text == field)
    };
    let is_compared = |id: ExpressionId| {
        let parent = module.context.parent(id);
        parent.is_some_and(|parent| match facts.expression(parent) {
            Expression::Binary { operator, .. } => *operator != BinaryOperator::Add,
            Expression::Member { property, .. } => ASKS.contains(&property.text.as_str()),
            _ => false,
        })
    };
    let mut all = facts.all([ExpressionKind::Identifier, ExpressionKind::Binary]);
    all.any(|(id, node)| {
        let elsewhere = around.contains(node.span) && !own.contains(node.span);
        elsewhere
            && !is_compared(id)
            && match &node.kind {
                Expression::Identifier {
                    binding: Some(binding),
                    ..
                } => name == Some(*binding),
                Expression::Binary {
                    operator: BinaryOperator::Add,
                    left,
                    right,
                } => name.is_none() && (of_field(*left) || of_field(*right)),
                _ => false,
            }
    })
}
