//! What catches a failure at a place of a function.

use snell_extract::facts::{Block, Expression, ExpressionId, FunctionBody, Statement};
use snell_project::{
    module::{ExpressionRef, FunctionRef, In, ModuleId},
    types::{Type, Types},
};
use snell_source::Span;

use super::after::{self, After};
use crate::{rule::Context, support::order::Place};

/// What catches a failure.
pub(super) struct Handler {
    pub(super) guarded: Span,
    pub(super) span: Span,
    pub(super) way: Way,
    /// A `catch` block, no callback.
    pub(super) is_statement: bool,
    /// Which parts of it run after which failures; `None` where the failure ends nothing but a
    /// savepoint.
    pub(super) after: Option<After>,
}

/// What catches a failure at a place of a function, innermost first.
pub(super) fn handlers(context: &Context<'_>, at: ExpressionRef) -> Vec<Handler> {
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let mut found = Vec::new();
    if let Some((guarded, handler)) = catch_call(context, at) {
        found.push(Handler {
            guarded,
            span: facts.function(handler.id).span,
            way: of_function(context, handler),
            is_statement: false,
            after: match &facts.function(handler.id).body {
                FunctionBody::Block(body) => Some(after::of(context, handler.module, body)),
                FunctionBody::Expression(_) | FunctionBody::None => Some(After::default()),
            },
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
        found.push(Handler {
            guarded,
            span,
            way: match apart {
                true => Way::Throws,
                false => way(context, at.module, handler),
            },
            is_statement: true,
            after: (!apart).then(|| after::of(context, at.module, handler)),
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

fn of_function(context: &Context<'_>, function: FunctionRef) -> Way {
    let facts = context.project.modules.facts(function.module);
    match &facts.function(function.id).body {
        FunctionBody::Block(body) => way(context, function.module, body),
        FunctionBody::Expression(value) if !always_throws(context, function.module, *value) => {
            Way::GoesOn
        }
        FunctionBody::Expression(_) | FunctionBody::None => Way::Throws,
    }
}

/// How a handler deals with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It throws on every way. What calls something that is not followed may.
    Throws,
    /// It goes on when the failure is one that PostgreSQL tells: `P2002`. Others it throws.
    GoesOnAfter,
    /// It goes on.
    GoesOn,
}

/// What a block comes to: its statements in order, until one ends it.
fn way(context: &Context<'_>, module: ModuleId, block: &Block) -> Way {
    for statement in block {
        match &statement.kind {
            Statement::Throw(_) => return Way::Throws,
            Statement::Expression(value) | Statement::Return(Some(value))
                if always_throws(context, module, *value) =>
            {
                return Way::Throws;
            }
            Statement::If {
                test,
                then,
                otherwise,
            } => {
                let ways = (
                    way(context, module, then),
                    otherwise.as_ref().map(|block| way(context, module, block)),
                );
                if ways == (Way::Throws, Some(Way::Throws)) {
                    return Way::Throws;
                }
                if ends(then) && ways.0 != Way::Throws && after::is_failure(context, module, *test)
                {
                    return Way::GoesOnAfter;
                }
            }
            Statement::Block(body) => match way(context, module, body) {
                Way::GoesOn if !ends(body) => {}
                known => return known,
            },
            Statement::Switch { cases, .. } => {
                let mut cases = cases.iter();
                if cases.any(|case| case.test.is_none() && throws(context, module, &case.body)) {
                    return Way::Throws;
                }
            }
            Statement::Try {
                finalizer: Some(last),
                ..
            } if throws(context, module, last) => return Way::Throws,
            _ => {}
        }
    }
    Way::GoesOn
}

fn throws(context: &Context<'_>, module: ModuleId, block: &Block) -> bool {
    way(context, module, block) == Way::Throws
}

/// Whether a block leaves the handler, or the round of a loop around it, by its last statement.
fn ends(block: &Block) -> bool {
    block.last().is_some_and(|last| {
        matches!(
            last.kind,
            Statement::Return(_) | Statement::Continue(_) | Statement::Break(_)
        )
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
