//! Which property of the request a parameter's decorator hands over.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, LogicalOperator, ModuleFacts, PatternStep,
};
use snell_project::{
    endpoint::{Endpoint, Given},
    module::Symbol,
};

use crate::{functions, rule::Context};

/// The ways on the request to what the one parameter holds that is who asks: `user` for
/// `@CurrentUser() user`, `user` and `id` for `@CurrentUser('id') id`; several where the decorator takes the
/// first that is there.
pub(in crate::rules::isolation::undefined_filter) fn ways(
    context: &Context<'_>,
    endpoint: &Endpoint,
) -> Option<Vec<Vec<SmolStr>>> {
    let mut who = (0..).zip(&endpoint.parameters);
    let (index, _) = who.find(|(_, given)| **given == Given::Identity)?;
    if who.any(|(_, given)| *given == Given::Identity) {
        return None;
    }
    let handler = endpoint.handler;
    let declared = functions::declared(context.project, handler)?;
    let [decorator] = declared
        .parameters
        .get::<usize>(index)?
        .decorators
        .as_slice()
    else {
        return None;
    };
    let modules = &context.project.modules;
    let facts = modules.facts(handler.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(decorator.expression)
    else {
        return None;
    };
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(*callee)
    else {
        return None;
    };
    let Symbol::Variable(maker) = modules.binding(handler.module, *binding) else {
        return None;
    };
    let makes = modules.facts(maker.module);
    let BindingKind::Variable {
        init: Some(init), ..
    } = &makes.binding(maker.id).kind
    else {
        return None;
    };
    let taken = taken(makes, init.value)?;
    let key = match &arguments[..] {
        [] => None,
        [key] => match facts.expression(key.value) {
            Expression::String(key) => Some(key.clone()),
            _ => return None,
        },
        _ => return None,
    };
    let ways = taken.into_iter().map(|name| [Some(name), key.clone()]);
    Some(
        ways.map(|way| way.into_iter().flatten().collect())
            .collect(),
    )
}

/// `user` of `createParamDecorator((data, context) => context.switchToHttp().getRequest().user)`
fn taken(facts: &ModuleFacts, made: ExpressionId) -> Option<Vec<SmolStr>> {
    let Expression::Call { arguments, .. } = facts.expression(facts.unwrap_casts(made)) else {
        return None;
    };
    let function = match facts.expression(arguments.first()?.value) {
        Expression::Function(function) => *function,
        _ => return None,
    };
    let mut found: Vec<SmolStr> = Vec::new();
    for value in facts.function(function).body.returned() {
        // Nobody is there, and nothing of them.
        if matches!(
            facts.expression(facts.unwrap_casts(value)),
            Expression::Null | Expression::Undefined
        ) {
            continue;
        }
        for name in properties(facts, value)? {
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The properties of the request of which a value is the first that is there.
fn properties(facts: &ModuleFacts, value: ExpressionId) -> Option<Vec<SmolStr>> {
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::Logical {
            operator: LogicalOperator::Or | LogicalOperator::Coalesce,
            left,
            right,
        } => Some([properties(facts, *left)?, properties(facts, *right)?].concat()),
        _ => property(facts, value, 6).map(|name| vec![name]),
    }
}

/// The property of the request that a value is, or that `data` picks a part of.
fn property(facts: &ModuleFacts, value: ExpressionId, depth: u32) -> Option<SmolStr> {
    let depth = depth.checked_sub(1)?;
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::Member {
            object, property, ..
        } => is_request(facts, *object).then(|| property.text.clone()),
        // `user?.[data]`
        Expression::Index { object, index, .. } => {
            let Expression::Identifier {
                binding: Some(key), ..
            } = facts.expression(facts.unwrap_casts(*index))
            else {
                return None;
            };
            matches!(facts.binding(*key).kind, BindingKind::Parameter { .. })
                .then(|| property(facts, *object, depth))
                .flatten()
        }
        Expression::Conditional {
            then, otherwise, ..
        } => {
            let then = property(facts, *then, depth)?;
            let otherwise = property(facts, *otherwise, depth)?;
            (then == otherwise).then_some(then)
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => {
            let binding = facts.binding(*binding);
            let BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
            else {
                return None;
            };
            match init.path.as_slice() {
                _ if binding.reassigned => None,
                [] => property(facts, init.value, depth),
                // `const { user } = context.switchToHttp().getRequest()`
                [PatternStep::Property(name)] => {
                    is_request(facts, init.value).then(|| name.clone())
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `request`, `context.switchToHttp().getRequest()`
fn is_request(facts: &ModuleFacts, id: ExpressionId) -> bool {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => {
            let lower = name.to_ascii_lowercase();
            lower == "req" || lower.ends_with("request")
        }
        Expression::Call { callee, .. } => {
            matches!(facts.expression(*callee), Expression::Member { property, .. }
                if property.text == "getRequest")
        }
        _ => false,
    }
}
