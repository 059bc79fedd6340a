//! Functions around handlers: `withAuth(handler)`.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, FunctionBody, Property, PropertyKey, Statement};

use super::{Access, passing, procedures::function, scan, signed};
use crate::module::{ExpressionRef, FunctionRef, In, Modules, Symbol};

/// Wrappers around wrappers.
const DEPTH: u32 = 6;

/// The function inside wrappers, how many there are, and the package of the innermost one.
#[derive(Debug, Clone)]
pub(super) struct Wrapped {
    pub(super) handler: FunctionRef,
    pub(super) wrapped: bool,
    pub(super) package: Option<SmolStr>,
}

/// The function inside wrappers; what they ask is added.
pub(super) fn unwrapped(
    modules: &Modules,
    at: ExpressionRef,
    access: &mut Access,
) -> Option<Wrapped> {
    inside(modules, at, access, DEPTH)
}

fn inside(
    modules: &Modules,
    at: ExpressionRef,
    access: &mut Access,
    depth: u32,
) -> Option<Wrapped> {
    let depth = depth.checked_sub(1)?;
    if let Some(handler) = function(modules, at) {
        return Some(Wrapped {
            handler,
            wrapped: false,
            package: None,
        });
    }
    let facts = modules.facts(at.module);
    let (callee, arguments) = match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Call {
            callee, arguments, ..
        } => (*callee, arguments),
        // `export default handler`, where the handler is wrapped above.
        Expression::Identifier { .. } => {
            let init = scan::initial(modules, &scan::symbol(modules, at))?;
            return inside(modules, init, access, depth);
        }
        _ => return None,
    };
    let here = |id| In {
        module: at.module,
        id,
    };
    let name = match facts.expression(callee) {
        Expression::Identifier { name, .. } => name.clone(),
        Expression::Member { property, .. } => property.text.clone(),
        _ => "a wrapper".into(),
    };
    let inner = arguments
        .iter()
        .find_map(|argument| inside(modules, here(argument.value), access, depth))
        .or_else(|| {
            arguments
                .iter()
                .find_map(|a| of_options(modules, here(a.value)))
        })?;
    let mut package = inner.package;
    let mut passes = false;
    match scan::symbol(modules, here(callee)) {
        Symbol::External { specifier, .. } => {
            passes = passing::is_of_package(&specifier);
            package = package.or(Some(specifier));
        }
        _ => {
            if let Some(wrapper) = function(modules, here(callee)) {
                passes = passing::only_passes(modules, wrapper);
                access.wrappers.push((wrapper, name.clone()));
                access.verified |= signed::wrapper_asks(modules, wrapper);
                if is_for_some(&name) && refuses(modules, wrapper) {
                    access.restricted.push(name.clone());
                    access.exempt = true;
                }
            }
        }
    }
    access.verified |= signed::hands_secret(modules, at.module, arguments);
    if !passes {
        access.unknown.push(name);
    }
    Some(Wrapped {
        handler: inner.handler,
        wrapped: true,
        package,
    })
}

/// `wrap({ schema, handler: async () => {} })`
fn of_options(modules: &Modules, at: ExpressionRef) -> Option<Wrapped> {
    let facts = modules.facts(at.module);
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(at.id)) else {
        return None;
    };
    properties.iter().find_map(|property| {
        let named = |key: &PropertyKey| {
            key.name()
                .is_some_and(|name| HANDLERS.contains(&name.text.as_str()))
        };
        let handler = match property {
            Property::Value { key, value, .. } if named(key) => function(
                modules,
                In {
                    module: at.module,
                    id: *value,
                },
            )?,
            Property::Method { key, function, .. } if named(key) => In {
                module: at.module,
                id: *function,
            },
            _ => return None,
        };
        Some(Wrapped {
            handler,
            wrapped: true,
            package: None,
        })
    })
}

/// Keys of options under which a handler stands.
const HANDLERS: [&str; 6] = ["handler", "handle", "run", "execute", "perform", "action"];

/// The function that a function gives back: `(handler) => async (request) => {}`.
pub(super) fn given_back(modules: &Modules, maker: FunctionRef) -> Option<FunctionRef> {
    let facts = modules.facts(maker.module);
    let here = |id| In {
        module: maker.module,
        id,
    };
    match &facts.function(maker.id).body {
        FunctionBody::Expression(value) => function(modules, here(*value)),
        FunctionBody::Block(block) => block.iter().find_map(|statement| {
            let Statement::Return(Some(value)) = statement.kind else {
                return None;
            };
            match facts.expression(facts.unwrap_casts(value)) {
                Expression::Function(inner) => Some(In {
                    module: maker.module,
                    id: *inner,
                }),
                _ => None,
            }
        }),
        FunctionBody::None => None,
    }
}

/// Whether the name says that it lets only some through.
fn is_for_some(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["admin", "moderator", "staff", "superuser"]
        .iter()
        .any(|word| lower.contains(word))
        || lower.starts_with("mod")
}

/// Whether a wrapper answers some with a refusal.
fn refuses(modules: &Modules, wrapper: FunctionRef) -> bool {
    let span = modules.facts(wrapper.module).function(wrapper.id).span;
    scan::inside(modules, wrapper.module, span).any(|(_, node)| match &node.kind {
        Expression::Number(code) => matches!(code.as_str(), "401" | "403"),
        Expression::String(text) => {
            let lower = text.to_ascii_lowercase();
            lower.contains("unauthorized") || lower.contains("forbidden")
        }
        _ => false,
    })
}
