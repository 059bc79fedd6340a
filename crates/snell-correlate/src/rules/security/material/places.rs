//! Where the value of a name stands: assignments, names of a module, getters.

use snell_extract::facts::{
    Expression, ExpressionId, FunctionId, FunctionKind, ModuleFacts, Pattern, Property,
};
use snell_project::{Project, module::Symbol};

/// What is assigned to `this.name` inside a span.
pub(in crate::rules::security) fn assigned(
    facts: &ModuleFacts,
    span: snell_source::Span,
    name: &str,
) -> Vec<ExpressionId> {
    let inside = facts
        .expressions
        .iter()
        .filter(|node| span.contains(node.span));
    inside
        .filter_map(|node| {
            let Expression::Assign { target, value, .. } = &node.kind else {
                return None;
            };
            let Pattern::Expression(place) = **target else {
                return None;
            };
            match facts.expression(place) {
                Expression::Member {
                    object, property, ..
                } if property.text == name
                    && matches!(facts.expression(*object), Expression::This) =>
                {
                    Some(*value)
                }
                _ => None,
            }
        })
        .collect()
}

/// Whether a name is one of a module, not of a function in it.
pub(super) fn is_of_module(project: &Project, symbol: &Symbol) -> bool {
    match symbol {
        Symbol::Variable(variable) => {
            let binding = project.modules.facts(variable.module).binding(variable.id);
            binding.function.is_none()
        }
        Symbol::Expression(_) => true,
        _ => false,
    }
}

/// `get name() { ... }` of an object literal.
pub(super) fn getter(facts: &ModuleFacts, object: ExpressionId, name: &str) -> Option<FunctionId> {
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(object)) else {
        return None;
    };
    properties.iter().find_map(|property| match property {
        Property::Method { key, function, .. }
            if key.name().is_some_and(|n| n.text == name)
                && facts.function(*function).kind == FunctionKind::Getter =>
        {
            Some(*function)
        }
        _ => None,
    })
}
