//! Whether a function asks anywhere if a property is there.

use snell_extract::facts::{
    BinaryOperator, Expression, ExpressionId, Function, FunctionId, ModuleFacts, Pattern,
    Statement, StatementNode, UnaryOperator,
    walk::{self, Visitor},
};

/// `if (row.name)`, `row.name?.length`, `row.name ?? ''`, `row.name !== null`, `isDefined(row.name)`,
/// `const { name } = row`: whoever names it so has thought of it.
pub(super) fn is_asked(facts: &ModuleFacts, function: &Function, name: &str) -> bool {
    let mut search = Search { name, found: false };
    walk::walk_function(&mut search, facts, function);
    search.found
}

struct Search<'n> {
    name: &'n str,
    found: bool,
}

impl Search<'_> {
    fn is_it(&self, facts: &ModuleFacts, id: ExpressionId) -> bool {
        matches!(facts.expression(facts.unwrap_casts(id)),
            Expression::Member { property, .. } if property.text == self.name)
    }

    /// A value whose truth decides something.
    fn decides(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        self.found |= self.is_it(facts, id);
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Object { properties, .. } => {
                for property in properties {
                    let key = property.key.name();
                    self.found |= key.is_some_and(|key| key.text == self.name);
                    self.pattern(&property.value);
                }
            }
            Pattern::Array { elements, .. } => {
                for element in elements.iter().flatten() {
                    self.pattern(element);
                }
            }
            Pattern::Default { target, .. } => self.pattern(target),
            Pattern::Binding(_) | Pattern::Expression(_) | Pattern::Unknown => {}
        }
    }
}

impl Visitor for Search<'_> {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Logical { left, right, .. } => {
                self.decides(facts, *left);
                self.decides(facts, *right);
            }
            Expression::Conditional { test, .. } => self.decides(facts, *test),
            Expression::Unary {
                operator: UnaryOperator::Not | UnaryOperator::Typeof,
                operand,
            } => self.decides(facts, *operand),
            Expression::Binary {
                operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                left,
                right,
            } => {
                self.decides(facts, *left);
                self.decides(facts, *right);
            }
            Expression::Member {
                object,
                optional: true,
                ..
            }
            | Expression::Index {
                object,
                optional: true,
                ..
            } => self.decides(facts, *object),
            // `isDefined(row.name)`, `expect(row.name)`
            Expression::Call { arguments, .. } => {
                for argument in arguments {
                    self.decides(facts, argument.value);
                }
            }
            // `filter((row) => row.name)`
            Expression::Function(function) => {
                if let snell_extract::facts::FunctionBody::Expression(value) =
                    facts.function(*function).body
                {
                    self.decides(facts, value);
                }
            }
            Expression::Assign { target, value, .. } => {
                self.pattern(target);
                // What is kept under another name may be asked for there.
                self.decides(facts, *value);
                if let Pattern::Expression(target) = &**target {
                    self.decides(facts, *target);
                }
            }
            _ => {}
        }
        walk::walk_expression(self, facts, id);
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::If { test, .. }
            | Statement::While { test, .. }
            | Statement::DoWhile { test, .. } => self.decides(facts, *test),
            Statement::Switch { subject, .. } => self.decides(facts, *subject),
            Statement::Variable { declarators, .. } => {
                for declarator in declarators {
                    self.pattern(&declarator.target);
                }
            }
            Statement::ForOf { target, .. } => self.pattern(target),
            _ => {}
        }
        walk::walk_statement(self, facts, statement);
    }

    fn function(&mut self, facts: &ModuleFacts, id: FunctionId) {
        for parameter in &facts.function(id).parameters {
            self.pattern(&parameter.pattern);
        }
        walk::walk_function(self, facts, facts.function(id));
    }
}
