//! Whether the code around a value asks which one it is.

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingId, Expression, ExpressionId, ExpressionKind, LogicalOperator,
    ModuleFacts, Statement, StatementNode, walk,
};
use snell_project::module::ExpressionRef;
use snell_source::Span;

use crate::rule::Context;

/// Whether the code around asks which of its values an expression has, so that it may hold fewer
/// than are declared.
pub(in crate::rules::consistency) fn is_narrowed(context: &Context<'_>, at: ExpressionRef) -> bool {
    let facts = context.project.modules.facts(at.module);
    let Some(chain) = chain(facts, at.id) else {
        return true;
    };
    let is_it = |id: ExpressionId| self::chain(facts, id).as_ref() == Some(&chain);
    let is_nothing = |id: ExpressionId| {
        matches!(
            facts.expression(id),
            Expression::Null | Expression::Undefined
        )
    };
    let mut surroundings = Surroundings {
        chain: &chain,
        at: facts.expressions[at.id.index()].span,
        switched: false,
        passed: Vec::new(),
    };
    walk::walk_module(&mut surroundings, facts);
    let mut all = facts.all([ExpressionKind::Binary, ExpressionKind::Call]);
    let asked = all.any(|(own, node)| match &node.kind {
        Expression::Binary {
            operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
            left,
            right,
        } => {
            let compared =
                (is_it(*left) && !is_nothing(*right)) || (is_it(*right) && !is_nothing(*left));
            compared && !surroundings.passed.contains(&own)
        }
        Expression::Binary {
            operator: BinaryOperator::In,
            left,
            ..
        } => is_it(*left),
        Expression::Call {
            callee, arguments, ..
        } => arguments.iter().any(|one| is_it(one.value)) && may_ask(facts, *callee),
        _ => false,
    });
    asked || surroundings.switched
}

/// Whether a function is called as one that answers or refuses: `isRole(x)`, `LIST.includes(x)`.
fn may_ask(facts: &ModuleFacts, callee: ExpressionId) -> bool {
    const WORDS: [&str; 9] = [
        "is", "has", "includes", "assert", "ensure", "check", "validate", "parse", "indexOf",
    ];
    let name = match facts.expression(callee) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return true,
    };
    WORDS.iter().any(|word| name.starts_with(word))
}

/// A name with the properties that are read from it: the binding, and the names.
fn chain(facts: &ModuleFacts, id: ExpressionId) -> Option<(BindingId, Vec<SmolStr>)> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => Some((*binding, Vec::new())),
        Expression::Member {
            object, property, ..
        } => {
            let (binding, mut names) = chain(facts, *object)?;
            names.push(property.text.clone());
            Some((binding, names))
        }
        _ => None,
    }
}

/// What the statements of a module say of a chain that is used at a place.
struct Surroundings<'c> {
    chain: &'c (BindingId, Vec<SmolStr>),
    /// The place.
    at: Span,
    /// A `switch` is over it.
    switched: bool,
    /// Comparisons that tell nothing where the place is: one of several that an `if` asks
    /// together, before or after which it stands.
    passed: Vec<ExpressionId>,
}

impl walk::Visitor for Surroundings<'_> {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Switch { subject, .. } => {
                self.switched |= chain(facts, *subject).as_ref() == Some(self.chain);
            }
            Statement::If { test, .. } if !statement.span.contains(self.at) => {
                let mut asked = Vec::new();
                conjuncts(facts, *test, &mut asked);
                if asked.len() > 1 {
                    self.passed.append(&mut asked);
                }
            }
            _ => {}
        }
        walk::walk_statement(self, facts, statement);
    }
}

/// What `a && b && c` asks together.
fn conjuncts(facts: &ModuleFacts, test: ExpressionId, asked: &mut Vec<ExpressionId>) {
    match facts.expression(test) {
        Expression::Logical {
            operator: LogicalOperator::And,
            left,
            right,
        } => {
            conjuncts(facts, *left, asked);
            conjuncts(facts, *right, asked);
        }
        _ => asked.push(test),
    }
}
