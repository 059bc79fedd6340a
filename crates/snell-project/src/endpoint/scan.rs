//! Looking through the text of a class or function, however it is built.

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingKind, Expression, ExpressionId, ExpressionNode, Pattern, Property,
};
use snell_source::Span;

use crate::module::{BindingRef, ExpressionRef, In, ModuleId, Modules, Symbol};

/// The expressions inside a span, in no order of meaning.
pub(super) fn inside(
    modules: &Modules,
    module: ModuleId,
    span: Span,
) -> impl Iterator<Item = (ExpressionId, &ExpressionNode)> {
    modules
        .facts(module)
        .expressions
        .iter()
        .enumerate()
        .filter(move |(_, node)| span.contains(node.span))
        .map(|(n, node)| (ExpressionId(u32::try_from(n).unwrap_or(u32::MAX)), node))
}

/// The names of the properties that are read (or destructured) inside a span.
pub(super) fn properties(modules: &Modules, module: ModuleId, span: Span) -> Vec<SmolStr> {
    let facts = modules.facts(module);
    let members = inside(modules, module, span).filter_map(|(_, node)| match &node.kind {
        Expression::Member { property, .. } => Some(property.text.clone()),
        Expression::Index { index, .. } => match facts.expression(*index) {
            Expression::String(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    });
    let taken = facts
        .bindings
        .iter()
        .filter(|binding| span.contains(binding.span))
        .filter_map(|binding| match &binding.kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if !init.path.is_empty() => Some(binding.name.clone()),
            BindingKind::Parameter { path, .. } if !path.is_empty() => Some(binding.name.clone()),
            _ => None,
        });
    members.chain(taken).collect()
}

/// The names and texts inside a span, and `(request)` where the request as a
/// whole is handed on.
pub(super) fn words(modules: &Modules, module: ModuleId, span: Span) -> Vec<SmolStr> {
    let facts = modules.facts(module);
    let found = inside(modules, module, span).filter_map(|(_, node)| match &node.kind {
        Expression::Identifier { name, .. } => Some(name.clone()),
        Expression::Member { property, .. } => Some(property.text.clone()),
        Expression::String(text) => Some(text.clone()),
        Expression::Call { arguments, .. } => {
            let whole = |id: ExpressionId| match facts.expression(facts.unwrap_casts(id)) {
                Expression::Identifier { name, .. } => {
                    let lower = name.to_ascii_lowercase();
                    lower == "req" || lower.ends_with("request")
                }
                _ => false,
            };
            let mut handed = arguments.iter();
            handed
                .any(|argument| whole(argument.value))
                .then(|| "(request)".into())
        }
        _ => None,
    });
    found.collect()
}

/// The properties that are assigned on something that looks like a request.
pub(super) fn assigned_on_request(modules: &Modules, module: ModuleId, span: Span) -> Vec<SmolStr> {
    let facts = modules.facts(module);
    let mut found = Vec::new();
    for (_, node) in inside(modules, module, span) {
        let Expression::Assign { target, .. } = &node.kind else {
            continue;
        };
        let Pattern::Expression(place) = **target else {
            continue;
        };
        let (object, name) = match facts.expression(place) {
            Expression::Member {
                object, property, ..
            } => (*object, property.text.clone()),
            Expression::Index { object, index, .. } => match facts.expression(*index) {
                Expression::String(text) => (*object, text.clone()),
                _ => continue,
            },
            _ => continue,
        };
        if is_request(modules, module, object) {
            found.push(name);
        }
    }
    found
}

/// `request`, `req`, `ctx.req`, `client.data`: by the last name on the way.
fn is_request(modules: &Modules, module: ModuleId, id: ExpressionId) -> bool {
    let facts = modules.facts(module);
    let name = match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    [
        "req", "request", "data", "ctx", "context", "socket", "client",
    ]
    .iter()
    .any(|word| lower == *word || (lower.ends_with(word) && word.len() > 3))
}

/// What an expression's name means: a name, or a member of a namespace.
pub(crate) fn symbol(modules: &Modules, at: ExpressionRef) -> Symbol {
    let facts = modules.facts(at.module);
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => modules.binding(at.module, *binding),
        Expression::Member {
            object, property, ..
        } => match symbol(
            modules,
            In {
                module: at.module,
                id: *object,
            },
        ) {
            Symbol::Namespace(module) => modules.export(module, &property.text),
            Symbol::External { specifier, .. } => Symbol::External {
                specifier,
                name: property.text.clone(),
            },
            _ => Symbol::Unresolved,
        },
        _ => Symbol::Unresolved,
    }
}

/// The first value of a module-level constant.
pub(crate) fn initial(modules: &Modules, symbol: &Symbol) -> Option<ExpressionRef> {
    match symbol {
        Symbol::Variable(variable) => {
            match &modules.facts(variable.module).binding(variable.id).kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } if init.path.is_empty() => Some(In {
                    module: variable.module,
                    id: init.value,
                }),
                _ => None,
            }
        }
        Symbol::Expression(value) => Some(*value),
        _ => None,
    }
}

/// The text of a constant expression: a literal, a constant's name, a member
/// of a table of constants.
pub(crate) fn text(modules: &Modules, at: ExpressionRef, depth: u32) -> Option<SmolStr> {
    text_given(modules, at, depth, &|_| None)
}

/// The same where `given` says what parameters are handed.
pub(super) fn text_given(
    modules: &Modules,
    at: ExpressionRef,
    depth: u32,
    given: &dyn Fn(BindingRef) -> Option<ExpressionRef>,
) -> Option<SmolStr> {
    let depth = depth.checked_sub(1)?;
    let facts = modules.facts(at.module);
    let here = |id| In {
        module: at.module,
        id,
    };
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::String(text) => Some(text.clone()),
        Expression::Template { chunks, values } => {
            let mut whole = String::new();
            for (n, chunk) in chunks.iter().enumerate() {
                whole.push_str(&chunk.text);
                if let Some(value) = values.get(n) {
                    whole.push_str(&text_given(modules, here(*value), depth, given)?);
                }
            }
            Some(whole.into())
        }
        Expression::Binary {
            operator: BinaryOperator::Add,
            left,
            right,
        } => {
            let left = text_given(modules, here(*left), depth, given)?;
            let right = text_given(modules, here(*right), depth, given)?;
            Some(format!("{left}{right}").into())
        }
        _ => {
            let handed = match symbol(modules, at) {
                Symbol::Variable(variable) => given(variable),
                _ => None,
            };
            match handed {
                Some(value) => text_given(modules, value, depth, given),
                None => text_given(modules, constant(modules, at, depth)?, depth, given),
            }
        }
    }
}

/// The expression that a name or a member of a table of constants stands for.
pub(crate) fn constant(modules: &Modules, at: ExpressionRef, depth: u32) -> Option<ExpressionRef> {
    let depth = depth.checked_sub(1)?;
    let facts = modules.facts(at.module);
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Identifier { .. } => initial(modules, &symbol(modules, at)),
        Expression::Member {
            object, property, ..
        } => {
            if let found @ Some(_) = initial(modules, &symbol(modules, at)) {
                return found;
            }
            let object = In {
                module: at.module,
                id: *object,
            };
            if let Symbol::Enum(of) = symbol(modules, object) {
                let members = &modules.facts(of.module).enums[of.id as usize].members;
                let member = members.iter().find(|m| m.name.text == property.text)?;
                return Some(In {
                    module: of.module,
                    id: member.value?,
                });
            }
            let table = match facts.expression(facts.unwrap_casts(object.id)) {
                Expression::Object(_) => object,
                _ => constant(modules, object, depth)?,
            };
            member(modules, table, &property.text)
        }
        _ => None,
    }
}

/// The value of a property of an object literal.
pub(super) fn member(modules: &Modules, table: ExpressionRef, name: &str) -> Option<ExpressionRef> {
    let facts = modules.facts(table.module);
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(table.id)) else {
        return None;
    };
    properties.iter().find_map(|property| match property {
        Property::Value { key, value, .. } if key.name().is_some_and(|n| n.text == name) => {
            Some(In {
                module: table.module,
                id: *value,
            })
        }
        _ => None,
    })
}
