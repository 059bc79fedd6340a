//! Expressions that do not nest to the left.

use snell_source::Span;
use tree_sitter::Node;

use super::chain::{binary_operator, logical_operator};
use super::pattern::Role;
use super::{Child, Lowering, in_field, named};
use crate::facts::{
    AssignOperator, CastKind, Expression, ExpressionId, FunctionKind, Pattern, UnaryOperator,
};
use crate::grammar::{Field, Kind};

impl<'t> Lowering<'t, '_> {
    /// The first operand of a chain.
    pub(super) fn primary(&mut self, node: Node<'t>) -> ExpressionId {
        match self.kind(node) {
            Kind::Identifier => {
                let name = self.name(node);
                self.identifier(name.text, name.span)
            }
            Kind::MemberExpression | Kind::CallExpression => self.dynamic_import(node),
            Kind::Object => self.object(node),
            Kind::Array => self.array(node),
            Kind::TemplateString => self.template_string(node),
            Kind::ArrowFunction => self.function_value(node, FunctionKind::Arrow),
            Kind::FunctionExpression | Kind::GeneratorFunction => {
                self.function_value(node, FunctionKind::Expression)
            }
            Kind::Class => self.class_value(node),
            Kind::JsxElement | Kind::JsxSelfClosingElement => self.jsx(node),
            Kind::AwaitExpression => self.wrapped(node, Expression::Await),
            Kind::YieldExpression => self.yielded(node),
            Kind::NewExpression => self.construction(node),
            Kind::UnaryExpression => self.unary(node),
            Kind::UpdateExpression => self.update(node),
            Kind::TernaryExpression => self.ternary(node),
            Kind::AssignmentExpression | Kind::AugmentedAssignmentExpression => {
                self.assignment(node)
            }
            Kind::TypeAssertion => self.type_assertion(node),
            Kind::SequenceExpression => self.sequence(node),
            _ => match self.literal(node) {
                Some(literal) => self.add(self.span(node), literal),
                None => self.unknown(node),
            },
        }
    }

    /// An expression made of the only expression in a node.
    fn wrapped(
        &mut self,
        node: Node<'t>,
        wrap: impl FnOnce(ExpressionId) -> Expression,
    ) -> ExpressionId {
        let inner = self.inner(node);
        self.add(self.span(node), wrap(inner))
    }

    /// The only expression in a node: after `await`, `...`, in parentheses.
    pub(super) fn inner(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        match named(&children).next() {
            Some(child) => self.expression(child.node),
            None => self.add(self.span(node), Expression::Unknown(Box::default())),
        }
    }

    /// The expression in a field; unknown when broken code lacks it.
    fn in_field(&mut self, node: Node<'t>, children: &[Child<'t>], field: Field) -> ExpressionId {
        match in_field(children, field) {
            Some(child) => self.expression(child.node),
            None => self.add(self.span(node), Expression::Unknown(Box::default())),
        }
    }

    fn yielded(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let value = named(&children)
            .next()
            .map(|child| self.expression(child.node));
        self.add(self.span(node), Expression::Yield(value))
    }

    /// `import('x')`; any other call or member is a link of a chain.
    fn dynamic_import(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let argument = in_field(&children, Field::Arguments)
            .map(|list| self.arguments(list.node))
            .and_then(|arguments| arguments.first().copied());
        let kind = match argument {
            Some(argument) => Expression::DynamicImport(argument.value),
            None => Expression::Unknown(Box::default()),
        };
        self.add(self.span(node), kind)
    }

    fn construction(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let callee = self.in_field(node, &children, Field::Constructor);
        let type_arguments = self.type_arguments_of(&children, Field::Constructor);
        let arguments = in_field(&children, Field::Arguments)
            .map_or_else(Vec::new, |list| self.arguments(list.node));
        let id = self.add(
            self.span(node),
            Expression::New {
                callee,
                type_arguments: type_arguments.into(),
                arguments: arguments.into(),
            },
        );
        self.landmarks.insert(node.id(), id);
        id
    }

    fn unary(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let operand = self.in_field(node, &children, Field::Argument);
        let operator = self.operator(&children);
        self.unary_of(self.span(node), operator, operand)
    }

    /// An operator before its operand.
    pub(super) fn unary_of(
        &mut self,
        span: Span,
        operator: &str,
        operand: ExpressionId,
    ) -> ExpressionId {
        let operator = match operator {
            "!" => UnaryOperator::Not,
            "-" => UnaryOperator::Minus,
            "+" => UnaryOperator::Plus,
            "~" => UnaryOperator::BitNot,
            "typeof" => UnaryOperator::Typeof,
            "void" => UnaryOperator::Void,
            "delete" => UnaryOperator::Delete,
            _ => return self.add(span, Expression::Unknown([operand].into())),
        };
        let literal = matches!(
            self.facts.expression(operand),
            Expression::Number(_) | Expression::Undefined
        );
        let kind = if operator == UnaryOperator::Void && literal {
            Expression::Undefined
        } else {
            Expression::Unary { operator, operand }
        };
        self.add(span, kind)
    }

    fn update(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let target = self.in_field(node, &children, Field::Argument);
        self.scopes.write(target);
        let increment =
            in_field(&children, Field::Operator).is_some_and(|child| self.text(child.node) == "++");
        self.add(self.span(node), Expression::Update { target, increment })
    }

    /// `a ? b : c ? d : e`: a loop, because long ladders are usual.
    fn ternary(&mut self, node: Node<'t>) -> ExpressionId {
        let mut steps = Vec::new();
        let mut last = node;
        while self.kind(last) == Kind::TernaryExpression {
            let children = self.children(last);
            let test = self.in_field(last, &children, Field::Condition);
            let then = self.in_field(last, &children, Field::Consequence);
            steps.push((self.span(last), test, then));
            match in_field(&children, Field::Alternative) {
                Some(alternative) => last = alternative.node,
                None => break,
            }
        }
        let mut value = if self.kind(last) == Kind::TernaryExpression {
            self.add(self.span(last), Expression::Unknown(Box::default()))
        } else {
            self.expression(last)
        };
        while let Some((span, test, then)) = steps.pop() {
            let kind = Expression::Conditional {
                test,
                then,
                otherwise: value,
            };
            value = self.add(span, kind);
        }
        value
    }

    fn assignment(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let target = in_field(&children, Field::Left).map_or(Pattern::Unknown, |left| {
            self.pattern(left.node, Role::Assignment)
        });
        let value = self.in_field(node, &children, Field::Right);
        let text =
            in_field(&children, Field::Operator).map_or("=", |operator| self.text(operator.node));
        let bare = text.strip_suffix('=').unwrap_or(text);
        let operator = if let Some(operator) = logical_operator(bare) {
            AssignOperator::Logical(operator)
        } else if let Some(operator) = binary_operator(bare) {
            AssignOperator::Compound(operator)
        } else {
            AssignOperator::Assign
        };
        self.add(
            self.span(node),
            Expression::Assign {
                operator,
                target: Box::new(target),
                value,
            },
        )
    }

    /// `<T>a`
    fn type_assertion(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let mut parts = named(&children);
        let list = parts.next();
        let value = match parts.next() {
            Some(child) => self.expression(child.node),
            None => self.add(self.span(node), Expression::Unknown(Box::default())),
        };
        let constant = list.is_some_and(|list| self.text(list.node) == "<const>");
        let (ty, kind) = if constant {
            (None, CastKind::Const)
        } else {
            let types = list.map_or_else(Vec::new, |list| self.type_list(list.node));
            (types.first().copied(), CastKind::As)
        };
        self.add(self.span(node), Expression::Cast { value, ty, kind })
    }

    fn sequence(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let parts: Vec<ExpressionId> = named(&children)
            .map(|child| self.expression(child.node))
            .collect();
        self.add(self.span(node), Expression::Sequence(parts.into()))
    }
}
