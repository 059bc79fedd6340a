//! Whether what a call promises is waited for.

use snell_extract::facts::{
    Expression, ExpressionId, FunctionBody, FunctionId, ModuleFacts, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_project::module::ExpressionRef;

use crate::rule::Context;

/// `await call()`, `return call()`, `await Promise.all(xs.map(() => call()))`.
pub(super) fn is_waited_for(context: &Context<'_>, at: ExpressionRef) -> bool {
    let module = context.project.modules.get(at.module);
    let facts = &*module.facts;
    let mut id = at.id;
    loop {
        let Some(parent) = module.context.parent(id) else {
            let Some(function) = module.context.function(id) else {
                return false;
            };
            if !gives_back(facts, function, id) {
                return false;
            }
            // What a callback gives back is that of the call which takes the callback.
            match module.context.function_expression(function) {
                Some(callback) => id = callback,
                None => return true,
            }
            continue;
        };
        match facts.expression(parent) {
            Expression::Await(_) => return true,
            Expression::Function(function) => {
                if !gives_back(facts, *function, id) {
                    return false;
                }
                id = parent;
            }
            // `Promise.all(...)`, `xs.map(...)`
            Expression::Call { .. } | Expression::Cast { .. } => id = parent,
            // `Promise.all([...])`
            Expression::Array(_) => match module.context.parent(parent) {
                Some(call) if is_promise_all(facts, call) => id = call,
                _ => return false,
            },
            // `Promise.all([...]).then(...)`
            Expression::Member { .. } => id = parent,
            Expression::Conditional { .. } | Expression::Logical { .. } => id = parent,
            _ => return false,
        }
    }
}

fn is_promise_all(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let Expression::Call { callee, .. } = facts.expression(id) else {
        return false;
    };
    matches!(facts.expression(*callee), Expression::Member { object, .. }
        if matches!(facts.expression(*object), Expression::Identifier { name, .. } if name == "Promise"))
}

/// Whether a function gives an expression back.
fn gives_back(facts: &ModuleFacts, function: FunctionId, id: ExpressionId) -> bool {
    struct Returns {
        id: ExpressionId,
        found: bool,
    }
    impl Visitor for Returns {
        fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
            self.found |=
                matches!(statement.kind, Statement::Return(Some(value)) if value == self.id);
            walk::walk_statement(self, facts, statement);
        }
    }
    match &facts.function(function).body {
        FunctionBody::Expression(value) => *value == id,
        FunctionBody::Block(block) => {
            let mut returns = Returns { id, found: false };
            walk::walk_block(&mut returns, facts, block);
            returns.found
        }
        FunctionBody::None => false,
    }
}
