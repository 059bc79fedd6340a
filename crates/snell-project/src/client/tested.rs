//! What runs only where tests run: a helper of the program's own that empties tables for them.

use snell_extract::facts::{
    Argument, BinaryOperator, BindingKind, Block, Expression, ExpressionId, ExpressionKind,
    FunctionBody, FunctionId, LogicalOperator, ModuleFacts, Statement, StatementNode,
    UnaryOperator,
    walk::{self, Visitor},
};
use snell_source::Span;

/// What the environment of tests is called.
const TESTS: [&str; 2] = ["test", "testing"];
/// Names inside conditions are followed this deep.
const DEPTH: u32 = 6;

/// The parts of a module that run only where the environment is that of tests: under
/// `if (process.env.NODE_ENV === 'test')`, and in a function that begins with
/// `if (process.env.NODE_ENV !== 'test') throw ...`.
pub(super) fn test_only(facts: &ModuleFacts) -> Vec<Span> {
    let mut search = Search { found: Vec::new() };
    let mut texts = facts.all([ExpressionKind::String]);
    if texts.any(|(_, node)| is_name_of_tests(&node.kind)) {
        walk::walk_module(&mut search, facts);
    }
    search.found
}

struct Search {
    found: Vec<Span>,
}

impl Search {
    fn add(&mut self, block: &[StatementNode]) {
        if let (Some(first), Some(last)) = (block.first(), block.last()) {
            self.found.push(first.span.cover(last.span));
        }
    }
}

impl Visitor for Search {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if let Statement::If {
            test,
            then,
            otherwise,
        } = &statement.kind
        {
            if means_tests(facts, *test, true, DEPTH) {
                self.add(then);
            }
            if let Some(otherwise) = otherwise
                && means_tests(facts, *test, false, DEPTH)
            {
                self.add(otherwise);
            }
        }
        walk::walk_statement(self, facts, statement);
    }

    fn function(&mut self, facts: &ModuleFacts, id: FunctionId) {
        let function = facts.function(id);
        if let FunctionBody::Block(body) = &function.body {
            let refusal = body.iter().position(|statement| refuses(facts, statement));
            if let Some(refusal) = refusal {
                self.add(&body[refusal + 1..]);
            }
        }
        walk::walk_function(self, facts, function);
    }
}

/// `if (process.env.NODE_ENV !== 'test') return;`
fn refuses(facts: &ModuleFacts, statement: &StatementNode) -> bool {
    let leaves = |block: &Block| {
        block
            .last()
            .is_some_and(|last| matches!(last.kind, Statement::Return(_) | Statement::Throw(_)))
    };
    matches!(&statement.kind, Statement::If { test, then, .. }
        if leaves(then) && means_tests(facts, *test, false, DEPTH))
}

/// Whether a condition that comes out as `held` leaves only the environment of tests.
fn means_tests(facts: &ModuleFacts, test: ExpressionId, held: bool, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let means = |id: ExpressionId, held| means_tests(facts, id, held, depth);
    match facts.expression(facts.unwrap_casts(test)) {
        Expression::Binary {
            operator,
            left,
            right,
        } => {
            let compares = match operator {
                BinaryOperator::Equal => held,
                BinaryOperator::NotEqual => !held,
                _ => false,
            };
            let pair = |name: &ExpressionId, value: &ExpressionId| {
                is_name_of_tests(facts.expression(facts.unwrap_casts(*value)))
                    && is_environment(facts, *name)
            };
            compares && (pair(left, right) || pair(right, left))
        }
        Expression::Unary {
            operator: UnaryOperator::Not,
            operand,
        } => means(*operand, !held),
        Expression::Logical {
            operator,
            left,
            right,
        } => match (operator, held) {
            (LogicalOperator::And, true) | (LogicalOperator::Or, false) => {
                means(*left, held) || means(*right, held)
            }
            (LogicalOperator::And, false) | (LogicalOperator::Or, true) => {
                means(*left, held) && means(*right, held)
            }
            (LogicalOperator::Coalesce, _) => false,
        },
        // `const isTest = process.env.NODE_ENV === 'test'`
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } => init.path.is_empty() && means(init.value, held),
            _ => false,
        },
        _ => false,
    }
}

fn is_name_of_tests(value: &Expression) -> bool {
    matches!(value, Expression::String(text) if TESTS.contains(&text.as_str()))
}

/// `process.env.NODE_ENV`, `config.get('NODE_ENV')`
fn is_environment(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let is_name = |name: &str| matches!(name, "NODE_ENV" | "nodeEnv");
    let is_text = |id: ExpressionId| matches!(facts.expression(facts.unwrap_casts(id)), Expression::String(text) if is_name(text));
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => is_name(name),
        Expression::Member { property, .. } => is_name(&property.text),
        Expression::Index { index, .. } => is_text(*index),
        Expression::Call { arguments, .. } => {
            matches!(arguments[..], [Argument { value, .. }, ..] if is_text(value))
        }
        _ => false,
    }
}
