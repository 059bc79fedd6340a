//! What surrounds each expression of a module.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_extract::facts::{
    BindingId, ClassId, Expression, ExpressionId, FunctionBody, FunctionId, FunctionKind,
    ModuleFacts, Pattern, Statement, UnaryOperator,
    walk::{self, Visitor},
};

/// In place of the number of an expression or a function that is not there.
const NONE: u32 = u32::MAX;

/// Parents of expressions, and what `this` means in them.
#[derive(Debug, Default)]
pub struct Context {
    /// By the number of the expression: most have a parent and a function.
    parents: Vec<u32>,
    functions: Vec<u32>,
    this: FxHashMap<ExpressionId, ClassId>,
    function_expressions: FxHashMap<FunctionId, ExpressionId>,
    /// `for (const x of y)`: `x` to `y`, when `x` is a plain name.
    iterated: FxHashMap<BindingId, ExpressionId>,
    discarded: FxHashSet<ExpressionId>,
}

impl Context {
    /// Of all expressions of a module.
    #[must_use]
    pub fn of(facts: &ModuleFacts) -> Self {
        let mut collector = Collector::default();
        collector.context.parents = vec![NONE; facts.expressions.len()];
        collector.context.functions = vec![NONE; facts.expressions.len()];
        walk::walk_module(&mut collector, facts);
        collector.context
    }

    /// The expression of which this one is a part.
    #[must_use]
    pub fn parent(&self, id: ExpressionId) -> Option<ExpressionId> {
        let parent = self.parents.get(id.index()).copied();
        parent.filter(|parent| *parent != NONE).map(ExpressionId)
    }

    /// The innermost function around an expression.
    #[must_use]
    pub fn function(&self, id: ExpressionId) -> Option<FunctionId> {
        let function = self.functions.get(id.index()).copied();
        function
            .filter(|function| *function != NONE)
            .map(FunctionId)
    }

    /// The class whose instance a `this` expression is.
    #[must_use]
    pub fn this_class(&self, id: ExpressionId) -> Option<ClassId> {
        self.this.get(&id).copied()
    }

    /// The expression that an arrow function or function expression is.
    #[must_use]
    pub fn function_expression(&self, id: FunctionId) -> Option<ExpressionId> {
        self.function_expressions.get(&id).copied()
    }

    /// Whether nothing takes what the expression gives: it is a statement of its
    /// own, the operand of `void`, or given back to a `forEach`.
    #[must_use]
    pub fn is_discarded(&self, id: ExpressionId) -> bool {
        self.discarded.contains(&id)
    }

    /// What the loop iterates whose variable this is.
    #[must_use]
    pub fn iterated(&self, binding: BindingId) -> Option<ExpressionId> {
        self.iterated.get(&binding).copied()
    }
}

#[derive(Default)]
struct Collector {
    context: Context,
    parent: Option<ExpressionId>,
    function: Option<FunctionId>,
    this: Option<ClassId>,
}

impl Visitor for Collector {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        if let Some(parent) = self.parent {
            self.context.parents[id.index()] = parent.0;
        }
        if let Some(function) = self.function {
            self.context.functions[id.index()] = function.0;
        }
        match facts.expression(id) {
            Expression::This | Expression::Super => {
                if let Some(class) = self.this {
                    self.context.this.insert(id, class);
                }
            }
            Expression::Function(function) => {
                self.context.function_expressions.insert(*function, id);
            }
            Expression::Unary {
                operator: UnaryOperator::Void,
                operand,
            } => {
                self.context.discarded.insert(*operand);
            }
            Expression::Call {
                callee, arguments, ..
            } => {
                if let Some(given) = given_to_each(facts, *callee, arguments) {
                    self.context.discarded.insert(given);
                }
            }
            _ => {}
        }
        let outer = self.parent.replace(id);
        walk::walk_expression(self, facts, id);
        self.parent = outer;
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &snell_extract::facts::StatementNode) {
        if let Statement::ForOf {
            target: Pattern::Binding(binding),
            iterable,
            ..
        } = &statement.kind
        {
            self.context.iterated.insert(*binding, *iterable);
        }
        if let Statement::Expression(value) = &statement.kind {
            self.context.discarded.insert(*value);
        }
        let outer = self.parent.take();
        walk::walk_statement(self, facts, statement);
        self.parent = outer;
    }

    fn function(&mut self, facts: &ModuleFacts, id: FunctionId) {
        let function = facts.function(id);
        let outer = (self.function.replace(id), self.this, self.parent);
        match function.kind {
            FunctionKind::Arrow => {}
            // An object's method or a plain function has a `this` of its own.
            _ => self.this = function.class,
        }
        if function.kind != FunctionKind::Arrow && function.class.is_some() {
            self.parent = None;
        }
        walk::walk_function(self, facts, function);
        (self.function, self.this, self.parent) = outer;
    }

    fn class(&mut self, facts: &ModuleFacts, id: ClassId) {
        let outer = (self.this.replace(id), self.parent.take());
        walk::walk_class(self, facts, facts.class(id));
        (self.this, self.parent) = outer;
    }
}

/// `list.forEach((x) => value)`: nothing takes the value.
fn given_to_each(
    facts: &ModuleFacts,
    callee: ExpressionId,
    arguments: &[snell_extract::facts::Argument],
) -> Option<ExpressionId> {
    let Expression::Member { property, .. } = facts.expression(callee) else {
        return None;
    };
    let Expression::Function(callback) = facts.expression(arguments.first()?.value) else {
        return None;
    };
    let callback = facts.function(*callback);
    match callback.body {
        FunctionBody::Expression(value) if property.text == "forEach" && !callback.is_async => {
            Some(value)
        }
        _ => None,
    }
}
