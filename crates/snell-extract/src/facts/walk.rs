//! Visiting the tree of a module without matching on every form of it.

use super::{
    Block, Class, ClassId, Element, Expression, ExpressionId, Function, FunctionBody, FunctionId,
    MemberKind, ModuleFacts, Parameter, Pattern, Property, PropertyKey, Statement, StatementNode,
};

/// What happens at each node. The default of each method goes on to the
/// children; one that is overridden calls the `walk_*` function to go on.
pub trait Visitor {
    /// At an expression.
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        walk_expression(self, facts, id);
    }

    /// At a statement.
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        walk_statement(self, facts, statement);
    }

    /// At a function: its parameters' defaults and decorators, and its body.
    fn function(&mut self, facts: &ModuleFacts, id: FunctionId) {
        walk_function(self, facts, facts.function(id));
    }

    /// At a class: its base, decorators and members.
    fn class(&mut self, facts: &ModuleFacts, id: ClassId) {
        walk_class(self, facts, facts.class(id));
    }
}

/// Visits the whole module. A default export is one of its statements.
pub fn walk_module<V: Visitor + ?Sized>(visitor: &mut V, facts: &ModuleFacts) {
    walk_block(visitor, facts, &facts.body);
    for member in facts.enums.iter().flat_map(|e| &e.members) {
        if let Some(value) = member.value {
            visitor.expression(facts, value);
        }
    }
}

/// Visits the statements of a block.
pub fn walk_block<V: Visitor + ?Sized>(visitor: &mut V, facts: &ModuleFacts, block: &Block) {
    for statement in block {
        visitor.statement(facts, statement);
    }
}

/// Visits the children of a statement, in source order.
pub fn walk_statement<V: Visitor + ?Sized>(
    visitor: &mut V,
    facts: &ModuleFacts,
    statement: &StatementNode,
) {
    match &statement.kind {
        Statement::Expression(value) | Statement::Throw(value) | Statement::Return(Some(value)) => {
            visitor.expression(facts, *value);
        }
        Statement::Variable { declarators, .. } => {
            for declarator in declarators {
                walk_pattern(visitor, facts, &declarator.target);
                optional(visitor, facts, declarator.init);
            }
        }
        Statement::If {
            test,
            then,
            otherwise,
        } => {
            visitor.expression(facts, *test);
            walk_block(visitor, facts, then);
            if let Some(otherwise) = otherwise {
                walk_block(visitor, facts, otherwise);
            }
        }
        Statement::Block(body) | Statement::Labeled { body, .. } => {
            walk_block(visitor, facts, body)
        }
        Statement::Function(id) => visitor.function(facts, *id),
        Statement::Class(id) => visitor.class(facts, *id),
        Statement::Switch { subject, cases } => {
            visitor.expression(facts, *subject);
            for case in cases {
                optional(visitor, facts, case.test);
                walk_block(visitor, facts, &case.body);
            }
        }
        Statement::Try {
            block,
            parameter,
            handler,
            finalizer,
        } => {
            walk_block(visitor, facts, block);
            if let Some(pattern) = parameter {
                walk_pattern(visitor, facts, pattern);
            }
            for body in [handler, finalizer].into_iter().flatten() {
                walk_block(visitor, facts, body);
            }
        }
        Statement::Return(None)
        | Statement::Break(_)
        | Statement::Continue(_)
        | Statement::Other => {}
        loops => walk_loop(visitor, facts, loops),
    }
}

fn walk_loop<V: Visitor + ?Sized>(visitor: &mut V, facts: &ModuleFacts, statement: &Statement) {
    match statement {
        Statement::For {
            init,
            test,
            update,
            body,
        } => {
            walk_block(visitor, facts, init);
            optional(visitor, facts, *test);
            optional(visitor, facts, *update);
            walk_block(visitor, facts, body);
        }
        Statement::ForOf {
            target,
            iterable: value,
            body,
            ..
        }
        | Statement::ForIn {
            target,
            object: value,
            body,
        } => {
            walk_pattern(visitor, facts, target);
            visitor.expression(facts, *value);
            walk_block(visitor, facts, body);
        }
        Statement::While { test, body } => {
            visitor.expression(facts, *test);
            walk_block(visitor, facts, body);
        }
        Statement::DoWhile { body, test } => {
            walk_block(visitor, facts, body);
            visitor.expression(facts, *test);
        }
        _ => {}
    }
}

/// Visits the children of an expression, in source order.
pub fn walk_expression<V: Visitor + ?Sized>(
    visitor: &mut V,
    facts: &ModuleFacts,
    id: ExpressionId,
) {
    match facts.expression(id) {
        Expression::Function(function) => visitor.function(facts, *function),
        Expression::Class(class) => visitor.class(facts, *class),
        Expression::Assign { target, value, .. } => {
            walk_pattern(visitor, facts, target);
            visitor.expression(facts, *value);
        }
        Expression::Object(properties) => {
            for property in properties {
                walk_property(visitor, facts, property);
            }
        }
        Expression::Array(elements) => {
            for element in elements {
                if let Element::Value(value) | Element::Spread(value) = element {
                    visitor.expression(facts, *value);
                }
            }
        }
        Expression::Call {
            callee, arguments, ..
        }
        | Expression::New {
            callee, arguments, ..
        } => {
            visitor.expression(facts, *callee);
            for argument in arguments {
                visitor.expression(facts, argument.value);
            }
        }
        Expression::Jsx(element) => {
            for value in element
                .attributes
                .iter()
                .filter_map(|(_, value)| *value)
                .chain(element.children.iter().copied())
            {
                visitor.expression(facts, value);
            }
        }
        plain => plain_children(plain, &mut |child| visitor.expression(facts, child)),
    }
}

/// The children of expressions that hold nothing but expressions.
fn plain_children(expression: &Expression, each: &mut dyn FnMut(ExpressionId)) {
    match expression {
        Expression::Member { object: a, .. }
        | Expression::DynamicImport(a)
        | Expression::Unary { operand: a, .. }
        | Expression::Update { target: a, .. }
        | Expression::Await(a)
        | Expression::Yield(Some(a))
        | Expression::Cast { value: a, .. } => each(*a),
        Expression::Index {
            object: a,
            index: b,
            ..
        }
        | Expression::Binary {
            left: a, right: b, ..
        }
        | Expression::Logical {
            left: a, right: b, ..
        } => {
            each(*a);
            each(*b);
        }
        Expression::Conditional {
            test,
            then,
            otherwise,
        } => {
            each(*test);
            each(*then);
            each(*otherwise);
        }
        Expression::TaggedTemplate { tag, template, .. } => {
            each(*tag);
            template.values.iter().copied().for_each(each);
        }
        Expression::Template { values: many, .. }
        | Expression::Sequence(many)
        | Expression::Unknown(many) => {
            many.iter().copied().for_each(each);
        }
        _ => {}
    }
}

fn walk_property<V: Visitor + ?Sized>(visitor: &mut V, facts: &ModuleFacts, property: &Property) {
    match property {
        Property::Value { key, value, .. } => {
            walk_key(visitor, facts, key);
            visitor.expression(facts, *value);
        }
        Property::Spread { value, .. } => visitor.expression(facts, *value),
        Property::Method { key, function, .. } => {
            walk_key(visitor, facts, key);
            visitor.function(facts, *function);
        }
    }
}

fn walk_key<V: Visitor + ?Sized>(visitor: &mut V, facts: &ModuleFacts, key: &PropertyKey) {
    if let PropertyKey::Computed(value) = key {
        visitor.expression(facts, *value);
    }
}

/// Visits the expressions inside a pattern: defaults, computed keys, targets.
pub fn walk_pattern<V: Visitor + ?Sized>(visitor: &mut V, facts: &ModuleFacts, pattern: &Pattern) {
    match pattern {
        Pattern::Object { properties, rest } => {
            for property in properties {
                walk_key(visitor, facts, &property.key);
                walk_pattern(visitor, facts, &property.value);
            }
            if let Some(rest) = rest {
                walk_pattern(visitor, facts, rest);
            }
        }
        Pattern::Array { elements, rest } => {
            for element in elements.iter().flatten().chain(rest.as_deref()) {
                walk_pattern(visitor, facts, element);
            }
        }
        Pattern::Default { target, value } => {
            walk_pattern(visitor, facts, target);
            visitor.expression(facts, *value);
        }
        Pattern::Expression(value) => visitor.expression(facts, *value),
        Pattern::Binding(_) | Pattern::Unknown => {}
    }
}

/// Visits the parameters and the body of a function.
pub fn walk_function<V: Visitor + ?Sized>(
    visitor: &mut V,
    facts: &ModuleFacts,
    function: &Function,
) {
    for parameter in &function.parameters {
        walk_parameter(visitor, facts, parameter);
    }
    match &function.body {
        FunctionBody::None => {}
        FunctionBody::Expression(value) => visitor.expression(facts, *value),
        FunctionBody::Block(body) => walk_block(visitor, facts, body),
    }
}

fn walk_parameter<V: Visitor + ?Sized>(
    visitor: &mut V,
    facts: &ModuleFacts,
    parameter: &Parameter,
) {
    for decorator in &parameter.decorators {
        visitor.expression(facts, decorator.expression);
    }
    walk_pattern(visitor, facts, &parameter.pattern);
}

/// Visits the base, the decorators and the members of a class.
pub fn walk_class<V: Visitor + ?Sized>(visitor: &mut V, facts: &ModuleFacts, class: &Class) {
    optional(visitor, facts, class.extends);
    for decorator in &class.decorators {
        visitor.expression(facts, decorator.expression);
    }
    for member in &class.members {
        walk_key(visitor, facts, &member.key);
        for decorator in &member.decorators {
            visitor.expression(facts, decorator.expression);
        }
        match member.kind {
            MemberKind::Field { init, .. } => optional(visitor, facts, init),
            MemberKind::Method(function)
            | MemberKind::Constructor(function)
            | MemberKind::Getter(function)
            | MemberKind::Setter(function)
            | MemberKind::StaticBlock(function) => visitor.function(facts, function),
        }
    }
}

fn optional<V: Visitor + ?Sized>(
    visitor: &mut V,
    facts: &ModuleFacts,
    value: Option<ExpressionId>,
) {
    if let Some(value) = value {
        visitor.expression(facts, value);
    }
}
