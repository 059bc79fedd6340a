//! The type that a front end gives to an answer.

use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, FunctionBody, Pattern, Statement, TypeExpression,
    TypeId, VariableDeclarator,
};

use crate::module::{ExpressionRef, In, Modules, TypeRef};

/// The type of what a call's answer becomes, by what stands around it: a cast, an
/// annotation, the result of the function that gives it back.
pub(super) fn around(modules: &Modules, call: ExpressionRef) -> Option<TypeRef> {
    let context = &modules.get(call.module).context;
    let facts = modules.facts(call.module);
    let here = |id| In {
        module: call.module,
        id,
    };
    let mut at = call.id;
    let mut steps = 0;
    while let Some(parent) = context.parent(at) {
        steps += 1;
        if steps > 12 {
            return None;
        }
        match facts.expression(parent) {
            Expression::Cast { ty: Some(ty), .. } => return Some(here(*ty)),
            Expression::Await(_) | Expression::Cast { .. } => {}
            Expression::Member {
                object, property, ..
            } if *object == at && matches!(property.text.as_str(), "json" | "data" | "body") => {}
            Expression::Call { callee, .. } if *callee == at => {}
            Expression::Function(function) => {
                // `() => fetch(...)`: the function's own result.
                let function = facts.function(*function);
                return match function.body {
                    FunctionBody::Expression(value) if value == at => function.result.map(here),
                    _ => returned(facts, function, at).map(here),
                };
            }
            _ => return None,
        }
        at = parent;
    }
    let function = context.function(at).map(|id| facts.function(id));
    let block = match function.map(|function| &function.body) {
        Some(FunctionBody::Block(block)) => block,
        Some(FunctionBody::Expression(value)) if *value == at => {
            return function?.result.map(here);
        }
        Some(_) => return None,
        None => &facts.body,
    };
    if let Some(declared) = declarator(block, at) {
        if let Some(ty) = declared.ty {
            return Some(here(ty));
        }
        // `const response = await fetch(...); return response.json();`
        let Pattern::Binding(binding) = declared.target else {
            return None;
        };
        return later(modules, call, binding);
    }
    returned(facts, function?, at).map(here)
}

/// The type of `response.json()`, wherever the answer's variable is read.
fn later(
    modules: &Modules,
    call: ExpressionRef,
    binding: snell_extract::facts::BindingId,
) -> Option<TypeRef> {
    let facts = modules.facts(call.module);
    let context = &modules.get(call.module).context;
    let BindingKind::Variable { .. } = facts.binding(binding).kind else {
        return None;
    };
    facts.uses(binding).iter().find_map(|read| {
        let member = context.parent(*read)?;
        match facts.expression(member) {
            Expression::Member { property, .. } if property.text == "json" => {
                let read = context.parent(member)?;
                // One step further only: the value itself has a type or none.
                around(
                    modules,
                    In {
                        module: call.module,
                        id: read,
                    },
                )
            }
            _ => None,
        }
    })
}

fn declarator(
    block: &snell_extract::facts::Block,
    value: ExpressionId,
) -> Option<&VariableDeclarator> {
    block.iter().find_map(|statement| match &statement.kind {
        Statement::Variable { declarators, .. } => {
            declarators.iter().find(|one| one.init == Some(value))
        }
        Statement::Block(body)
        | Statement::For { body, .. }
        | Statement::ForOf { body, .. }
        | Statement::While { body, .. } => declarator(body, value),
        Statement::If {
            then, otherwise, ..
        } => declarator(then, value).or_else(|| declarator(otherwise.as_ref()?, value)),
        Statement::Try { block, handler, .. } => {
            declarator(block, value).or_else(|| declarator(handler.as_ref()?, value))
        }
        _ => None,
    })
}

/// The declared result of the function that gives this value back.
fn returned(
    facts: &snell_extract::facts::ModuleFacts,
    function: &snell_extract::facts::Function,
    value: ExpressionId,
) -> Option<TypeId> {
    let FunctionBody::Block(block) = &function.body else {
        return None;
    };
    gives(block, value).then_some(function.result).flatten().filter(|ty| {
        !matches!(facts.type_expression(*ty), TypeExpression::Named { name, .. } if name == "void")
    })
}

fn gives(block: &snell_extract::facts::Block, value: ExpressionId) -> bool {
    block.iter().any(|statement| match &statement.kind {
        Statement::Return(found) => *found == Some(value),
        Statement::Block(body) => gives(body, value),
        Statement::If {
            then, otherwise, ..
        } => gives(then, value) || otherwise.as_ref().is_some_and(|b| gives(b, value)),
        Statement::Try { block, handler, .. } => {
            gives(block, value) || handler.as_ref().is_some_and(|b| gives(b, value))
        }
        _ => false,
    })
}
