//! Functions around handlers that do no more than call them and say what went wrong:
//! `(handler) => (request, response, next) => handler(request, response, next).catch(next)`.

use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, FunctionBody, FunctionId, ModuleFacts, Statement,
    StatementNode,
    walk::{Visitor, walk_block, walk_expression, walk_statement},
};

use super::wrapper::given_back;
use crate::module::{FunctionRef, Modules};

/// Packages that give such a function.
const PACKAGES: [&str; 2] = ["express-async-handler", "express-async-wrap"];

/// What may be called by the way: what it gives decides nothing.
const BESIDE: [&str; 6] = ["console", "logger", "log", "performance", "Date", "Promise"];

/// Whether a package's function does nothing else.
pub(super) fn is_of_package(specifier: &str) -> bool {
    PACKAGES.contains(&specifier)
}

/// Whether a function of the workspace does nothing else.
pub(super) fn only_passes(modules: &Modules, wrapper: FunctionRef) -> bool {
    let Some(inner) = given_back(modules, wrapper).filter(|inner| inner.module == wrapper.module)
    else {
        return false;
    };
    let facts = modules.facts(wrapper.module);
    let mut body = Body {
        wrapper: wrapper.id,
        inner: inner.id,
        passes: false,
        more: false,
    };
    match &facts.function(inner.id).body {
        FunctionBody::Block(block) => walk_block(&mut body, facts, block),
        FunctionBody::Expression(value) => body.expression(facts, *value),
        FunctionBody::None => return false,
    }
    body.passes && !body.more
}

/// What the function that runs does.
struct Body {
    wrapper: FunctionId,
    inner: FunctionId,
    /// It calls what it was handed.
    passes: bool,
    /// It does more.
    more: bool,
}

impl Body {
    /// What a name is a parameter of.
    fn parameter_of(facts: &ModuleFacts, id: ExpressionId) -> Option<FunctionId> {
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = facts.expression(facts.unwrap_casts(id))
        else {
            return None;
        };
        match &facts.binding(*binding).kind {
            BindingKind::Parameter { function, .. } => Some(*function),
            _ => None,
        }
    }

    fn call(&mut self, facts: &ModuleFacts, callee: ExpressionId) {
        match Self::parameter_of(facts, callee) {
            Some(function) if function == self.wrapper => return self.passes = true,
            // `next()`, and what it was handed beside the request.
            Some(function) if function == self.inner => return,
            _ => {}
        }
        let mut root = facts.unwrap_casts(callee);
        while let Expression::Member { object, .. } = facts.expression(root) {
            root = facts.unwrap_casts(*object);
        }
        let beside = match facts.expression(root) {
            Expression::Identifier { name, .. } => BESIDE.contains(&name.as_str()),
            // `handler(request).catch(next)`: what it is called on is looked at by itself.
            Expression::Call { .. } => matches!(facts.expression(callee),
                Expression::Member { property, .. }
                    if matches!(property.text.as_str(), "catch" | "then" | "finally")),
            _ => false,
        };
        self.more |= !beside;
    }
}

impl Visitor for Body {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Throw(_) => self.more = true,
            // What went wrong is said in any way.
            Statement::Try {
                block, finalizer, ..
            } => {
                walk_block(self, facts, block);
                if let Some(finalizer) = finalizer {
                    walk_block(self, facts, finalizer);
                }
                return;
            }
            _ => {}
        }
        walk_statement(self, facts, statement);
    }

    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Call { callee, .. } => {
                self.call(facts, *callee);
                if matches!(facts.expression(*callee), Expression::Member { property, .. }
                    if property.text == "catch")
                {
                    // As in a `catch` of statements.
                    return self.expression(facts, *callee);
                }
            }
            Expression::New { .. } | Expression::Assign { .. } => self.more = true,
            _ => {}
        }
        walk_expression(self, facts, id);
    }
}
