//! What a decorator stands for: itself, or the ones that it is composed of.

use smol_str::SmolStr;
use snell_extract::facts::{Decorator, Expression, ExpressionId, FunctionBody, Statement};

use super::scan;
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// One effect of a decorator.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// `UseGuards(guard)`
    Guard(ExpressionRef),
    /// `SetMetadata(key, ...)`: the decorator's name and the key, when it is constant.
    Metadata(SmolStr, Option<SmolStr>),
    /// A decorator of a framework: specifier, name, and where it stands.
    Framework(SmolStr, SmolStr, ExpressionRef),
    /// One that could not be read.
    Unknown(SmolStr),
}

/// Composed decorators inside each other.
const DEPTH: u32 = 6;

/// Everything that a decorator does.
pub(super) fn marks(modules: &Modules, module: ModuleId, decorator: &Decorator) -> Vec<Mark> {
    let mut found = Vec::new();
    let at = In {
        module,
        id: decorator.expression,
    };
    collect(modules, at, &decorator.name, DEPTH, &mut found);
    found
}

fn collect(modules: &Modules, at: ExpressionRef, name: &str, depth: u32, found: &mut Vec<Mark>) {
    let facts = modules.facts(at.module);
    let here = |id: ExpressionId| In {
        module: at.module,
        id,
    };
    let (callee, arguments) = match facts.expression(at.id) {
        Expression::Call {
            callee, arguments, ..
        } => (*callee, arguments.as_slice()),
        _ => (at.id, &[][..]),
    };
    let Some(depth) = depth.checked_sub(1) else {
        found.push(Mark::Unknown(name.into()));
        return;
    };
    match scan::symbol(modules, here(callee)) {
        Symbol::External {
            specifier,
            name: exported,
        } => match exported.as_str() {
            "UseGuards" => found.extend(arguments.iter().map(|a| Mark::Guard(here(a.value)))),
            "SetMetadata" => {
                let key = arguments
                    .first()
                    .and_then(|key| scan::text(modules, here(key.value), 8));
                found.push(Mark::Metadata(name.into(), key));
            }
            "applyDecorators" => {
                for argument in arguments {
                    let inner = own_name(modules, here(argument.value)).unwrap_or(name.into());
                    collect(modules, here(argument.value), &inner, depth, found);
                }
            }
            _ => found.push(Mark::Framework(specifier, exported, at)),
        },
        Symbol::Function(function) => composed(modules, function, name, depth, found),
        symbol => match scan::initial(modules, &symbol) {
            Some(init) => {
                let facts = modules.facts(init.module);
                match facts.expression(facts.unwrap_casts(init.id)) {
                    Expression::Function(function) => {
                        let function = In {
                            module: init.module,
                            id: *function,
                        };
                        composed(modules, function, name, depth, found);
                    }
                    // `Reflector.createDecorator<string[]>()`
                    Expression::Call { callee, .. }
                        if is_reflector(modules, init.module, *callee) =>
                    {
                        found.push(Mark::Metadata(name.into(), Some(name.into())));
                    }
                    // `const Admin = applyDecorators(...)`, `const Public = SetMetadata(...)`
                    Expression::Call { .. } => collect(modules, init, name, depth, found),
                    _ => found.push(Mark::Unknown(name.into())),
                }
            }
            None => found.push(Mark::Unknown(name.into())),
        },
    }
}

fn is_reflector(modules: &Modules, module: ModuleId, callee: ExpressionId) -> bool {
    matches!(modules.facts(module).expression(callee),
        Expression::Member { property, .. } if property.text == "createDecorator")
}

/// A function that gives back a decorator, or several composed.
fn composed(
    modules: &Modules,
    function: FunctionRef,
    name: &str,
    depth: u32,
    found: &mut Vec<Mark>,
) {
    let facts = modules.facts(function.module);
    let mut values = Vec::new();
    match &facts.function(function.id).body {
        FunctionBody::Expression(value) => values.push(*value),
        FunctionBody::Block(block) => {
            for statement in block {
                if let Statement::Return(Some(value)) = &statement.kind {
                    values.push(*value);
                }
            }
        }
        FunctionBody::None => {}
    }
    let before = found.len();
    for value in values {
        let value = In {
            module: function.module,
            id: facts.unwrap_casts(value),
        };
        match facts.expression(value.id) {
            Expression::Call { .. } => {
                let inner = match scan::symbol(modules, callee_of(modules, value)) {
                    // The key is set under this decorator's name.
                    Symbol::External { .. } => name.into(),
                    _ => own_name(modules, value).unwrap_or(name.into()),
                };
                collect(modules, value, &inner, depth, found);
            }
            _ => found.push(Mark::Unknown(name.into())),
        }
    }
    if found.len() == before {
        found.push(Mark::Unknown(name.into()));
    }
}

fn callee_of(modules: &Modules, at: ExpressionRef) -> ExpressionRef {
    match modules.facts(at.module).expression(at.id) {
        Expression::Call { callee, .. } => In {
            module: at.module,
            id: *callee,
        },
        _ => at,
    }
}

/// The last name of what is called.
fn own_name(modules: &Modules, at: ExpressionRef) -> Option<SmolStr> {
    let callee = callee_of(modules, at);
    match modules.facts(at.module).expression(callee.id) {
        Expression::Identifier { name, .. } => Some(name.clone()),
        Expression::Member { property, .. } => Some(property.text.clone()),
        _ => None,
    }
}
