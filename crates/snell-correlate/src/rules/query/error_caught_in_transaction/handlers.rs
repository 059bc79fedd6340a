//! What catches a failure at a place of a function.

use snell_extract::facts::{Block, Expression, ExpressionId, FunctionBody, Statement};
use snell_project::{
    module::{ExpressionRef, FunctionRef, In, ModuleId},
    types::{Type, Types},
};
use snell_source::Span;

use crate::{rule::Context, support::order::Place};

/// What catches a failure.
pub(super) struct Way {
    pub(super) guarded: Span,
    pub(super) handler: Span,
    /// Without throwing on every way.
    pub(super) goes_on: bool,
    /// A `catch` block, no callback.
    pub(super) is_statement: bool,
}

/// What catches a failure at a place of a function, innermost first.
pub(super) fn handlers(context: &Context<'_>, at: ExpressionRef) -> Vec<Way> {
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let mut found = Vec::new();
    if let Some((guarded, handler)) = catch_call(context, at) {
        found.push(Way {
            guarded,
            handler: facts.function(handler.id).span,
            goes_on: goes_on(context, handler),
            is_statement: false,
        });
    }
    let Some(outer) = module.context.function(at.id) else {
        return found;
    };
    let outer = facts.outermost(outer);
    let place = Place::of(facts, Some(outer), facts.span(at.id));
    for (block, handler) in place.tries() {
        let (Some(first), Some(last)) = (block.first(), block.last()) else {
            continue;
        };
        let guarded = Span::new(first.span.start, last.span.end);
        let span = match (handler.first(), handler.last()) {
            (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
            _ => Span::new(guarded.end, guarded.end),
        };
        let text = context.text(context.project.modules.at(at.module, guarded));
        // A savepoint keeps what comes after it apart; a nested transaction is one.
        let apart =
            text.to_ascii_lowercase().contains("savepoint") || text.contains("$transaction");
        found.push(Way {
            guarded,
            handler: span,
            goes_on: !apart && !throws(context, at.module, handler),
            is_statement: true,
        });
    }
    found
}

/// `query.catch(callback)`
fn catch_call(context: &Context<'_>, at: ExpressionRef) -> Option<(Span, FunctionRef)> {
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let member = module.context.parent(at.id)?;
    let Expression::Member { property, .. } = facts.expression(member) else {
        return None;
    };
    let call = module.context.parent(member)?;
    let Expression::Call { arguments, .. } = facts.expression(call) else {
        return None;
    };
    if property.text != "catch" {
        return None;
    }
    match facts.expression(facts.unwrap_casts(arguments.first()?.value)) {
        Expression::Function(id) => Some((
            facts.span(at.id),
            In {
                module: at.module,
                id: *id,
            },
        )),
        _ => None,
    }
}

fn goes_on(context: &Context<'_>, function: FunctionRef) -> bool {
    let facts = context.project.modules.facts(function.module);
    match &facts.function(function.id).body {
        FunctionBody::Block(body) => !throws(context, function.module, body),
        FunctionBody::Expression(value) => !always_throws(context, function.module, *value),
        FunctionBody::None => false,
    }
}

/// Whether every way through a block throws. What calls something that is not followed may.
fn throws(context: &Context<'_>, module: ModuleId, block: &Block) -> bool {
    block.iter().any(|statement| match &statement.kind {
        Statement::Throw(_) => true,
        Statement::Expression(value) | Statement::Return(Some(value)) => {
            always_throws(context, module, *value)
        }
        Statement::If {
            then,
            otherwise: Some(otherwise),
            ..
        } => throws(context, module, then) && throws(context, module, otherwise),
        Statement::Block(body) => throws(context, module, body),
        Statement::Switch { cases, .. } => cases
            .iter()
            .any(|case| case.test.is_none() && throws(context, module, &case.body)),
        Statement::Try {
            finalizer: Some(last),
            ..
        } => throws(context, module, last),
        _ => false,
    })
}

/// `handleError(error)`: a function that throws, or of which the name lets one think so.
fn always_throws(context: &Context<'_>, module: ModuleId, id: ExpressionId) -> bool {
    let facts = context.project.modules.facts(module);
    let id = match facts.expression(facts.unwrap_casts(id)) {
        Expression::Await(inner) => facts.unwrap_casts(*inner),
        _ => facts.unwrap_casts(id),
    };
    let Expression::Call { callee, .. } = facts.expression(id) else {
        return false;
    };
    let called = Types::new(&context.project.modules).of(In {
        module,
        id: *callee,
    });
    if let Type::Function(function) = called {
        let facts = context.project.modules.facts(function.module);
        return match &facts.function(function.id).body {
            FunctionBody::Block(body) => body.iter().any(|statement| has_throw(&statement.kind)),
            _ => false,
        };
    }
    let name = match facts.expression(*callee) {
        Expression::Identifier { name, .. } => name,
        Expression::Member {
            object, property, ..
        } => {
            // `Promise.reject(error)`
            let rejects = property.text == "reject"
                && matches!(facts.expression(*object), Expression::Identifier { name, .. } if name == "Promise");
            if rejects {
                return true;
            }
            &property.text
        }
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    ["throw", "handle", "fail", "rethrow", "raise"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether a statement throws somewhere: a helper that maps errors throws on most of its ways.
fn has_throw(statement: &Statement) -> bool {
    let any = |block: &Block| block.iter().any(|inner| has_throw(&inner.kind));
    match statement {
        Statement::Throw(_) => true,
        Statement::If {
            then, otherwise, ..
        } => any(then) || otherwise.as_ref().is_some_and(any),
        Statement::Block(body) => any(body),
        Statement::Switch { cases, .. } => cases.iter().any(|case| any(&case.body)),
        _ => false,
    }
}
