//! Expressions that nest to the left: operators, members, calls, casts.
//!
//! `a.b().c()` is a call of a member of a call of a member of `a`. Such chains
//! are thousands of links long in generated code, so they are walked in a loop
//! down to their first operand and built up from there.

use tree_sitter::Node;

use super::{Child, Lowering, has, in_field, named};
use crate::facts::{
    Argument, BinaryOperator, CastKind, Expression, ExpressionId, LogicalOperator, TypeId,
};
use crate::grammar::{Field, Kind};

/// A node whose leftmost part is the rest of the chain.
struct Link<'t> {
    node: Node<'t>,
    kind: Kind,
    children: Vec<Child<'t>>,
}

impl<'t> Lowering<'t, '_> {
    /// An expression of any form.
    pub(super) fn expression(&mut self, node: Node<'t>) -> ExpressionId {
        self.nested(node, |this| this.chain(node))
            .unwrap_or_else(|| self.add(self.span(node), Expression::Unknown(Vec::new())))
    }

    fn chain(&mut self, mut node: Node<'t>) -> ExpressionId {
        let mut links = Vec::new();
        loop {
            let kind = self.kind(node);
            if !is_link(kind) {
                break;
            }
            let children = self.children(node);
            let Some(first) = leftmost(kind, &children) else {
                break;
            };
            links.push(Link {
                node,
                kind,
                children,
            });
            node = first.node;
        }
        let mut value = self.primary(node);
        while let Some(link) = links.pop() {
            value = self.link(&link, value);
        }
        value
    }

    fn link(&mut self, link: &Link<'t>, left: ExpressionId) -> ExpressionId {
        match link.kind {
            Kind::BinaryExpression => self.binary(link, left),
            Kind::CallExpression => self.call(link, left),
            Kind::MemberExpression => self.member(link, left),
            Kind::SubscriptExpression => self.subscript(link, left),
            Kind::NonNullExpression | Kind::AsExpression | Kind::SatisfiesExpression => {
                self.cast(link, left)
            }
            // Parentheses, and `f<T>` without a call: type arguments do nothing.
            _ => left,
        }
    }

    fn binary(&mut self, link: &Link<'t>, left: ExpressionId) -> ExpressionId {
        let right = self.operand(link, Field::Right);
        let operator = in_field(&link.children, Field::Operator)
            .map_or("", |operator| self.text(operator.node));
        let kind = if let Some(operator) = logical_operator(operator) {
            Expression::Logical {
                operator,
                left,
                right,
            }
        } else if let Some(operator) = binary_operator(operator) {
            Expression::Binary {
                operator,
                left,
                right,
            }
        } else {
            Expression::Unknown(vec![left, right])
        };
        self.add(self.span(link.node), kind)
    }

    /// The expression in a field; unknown when broken code lacks it.
    fn operand(&mut self, link: &Link<'t>, field: Field) -> ExpressionId {
        match in_field(&link.children, field) {
            Some(child) => self.expression(child.node),
            None => self.add(self.span(link.node), Expression::Unknown(Vec::new())),
        }
    }

    fn call(&mut self, link: &Link<'t>, callee: ExpressionId) -> ExpressionId {
        let span = self.span(link.node);
        let type_arguments = self.type_arguments_of(&link.children, Field::Function);
        let kind = match in_field(&link.children, Field::Arguments) {
            Some(template) if template.kind == Kind::TemplateString => {
                let (chunks, values) = self.template(template.node);
                Expression::TaggedTemplate {
                    tag: callee,
                    type_arguments,
                    chunks,
                    values,
                    template_span: self.span(template.node),
                }
            }
            arguments => Expression::Call {
                callee,
                type_arguments,
                arguments: arguments.map_or_else(Vec::new, |list| self.arguments(list.node)),
                optional: has(&link.children, Kind::OptionalToken),
            },
        };
        let id = self.add(span, kind);
        self.landmarks.insert(link.node.id(), id);
        id
    }

    /// `<T>` of a call or construction, as parsed or as hidden from the parser.
    pub(super) fn type_arguments_of(
        &mut self,
        children: &[Child<'t>],
        callee: Field,
    ) -> Vec<TypeId> {
        if let Some(list) = in_field(children, Field::TypeArguments) {
            return self.type_list(list.node);
        }
        match in_field(children, callee) {
            Some(callee) => self.hidden_type_arguments(self.span(callee.node).end),
            None => Vec::new(),
        }
    }

    /// `(a, ...b)`
    pub(super) fn arguments(&mut self, node: Node<'t>) -> Vec<Argument> {
        let children = self.children(node);
        named(&children)
            .map(|child| {
                let spread = child.kind == Kind::SpreadElement;
                let value = if spread {
                    self.inner(child.node)
                } else {
                    self.expression(child.node)
                };
                Argument { value, spread }
            })
            .collect()
    }

    fn member(&mut self, link: &Link<'t>, object: ExpressionId) -> ExpressionId {
        let span = self.span(link.node);
        let Some(property) = in_field(&link.children, Field::Property) else {
            return self.add(span, Expression::Unknown(vec![object]));
        };
        let property = self.name(property.node);
        let landmark = property.text == "empty";
        let optional = has(&link.children, Kind::OptionalChain);
        let id = self.add(
            span,
            Expression::Member {
                object,
                property,
                optional,
            },
        );
        if landmark {
            self.landmarks.insert(link.node.id(), id);
        }
        id
    }

    fn subscript(&mut self, link: &Link<'t>, object: ExpressionId) -> ExpressionId {
        let index = self.operand(link, Field::Index);
        let optional = has(&link.children, Kind::OptionalChain);
        self.add(
            self.span(link.node),
            Expression::Index {
                object,
                index,
                optional,
            },
        )
    }

    fn cast(&mut self, link: &Link<'t>, value: ExpressionId) -> ExpressionId {
        let ty = named(&link.children)
            .nth(1)
            .map(|child| self.ty(child.node));
        let kind = match link.kind {
            Kind::NonNullExpression => CastKind::NonNull,
            Kind::SatisfiesExpression => CastKind::Satisfies,
            _ if ty.is_none() => CastKind::Const,
            _ => CastKind::As,
        };
        self.add(self.span(link.node), Expression::Cast { value, ty, kind })
    }
}

fn is_link(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ParenthesizedExpression
            | Kind::BinaryExpression
            | Kind::CallExpression
            | Kind::MemberExpression
            | Kind::SubscriptExpression
            | Kind::NonNullExpression
            | Kind::AsExpression
            | Kind::SatisfiesExpression
            | Kind::InstantiationExpression
    )
}

/// The part that the chain goes on with.
fn leftmost<'t>(kind: Kind, children: &[Child<'t>]) -> Option<Child<'t>> {
    match kind {
        Kind::BinaryExpression => in_field(children, Field::Left),
        // `import('x')` is no call of a value.
        Kind::CallExpression => {
            in_field(children, Field::Function).filter(|callee| callee.kind != Kind::Import)
        }
        Kind::MemberExpression | Kind::SubscriptExpression => in_field(children, Field::Object),
        _ => named(children).next(),
    }
}

pub(super) fn logical_operator(text: &str) -> Option<LogicalOperator> {
    Some(match text {
        "&&" => LogicalOperator::And,
        "||" => LogicalOperator::Or,
        "??" => LogicalOperator::Coalesce,
        _ => return None,
    })
}

pub(super) fn binary_operator(text: &str) -> Option<BinaryOperator> {
    Some(match text {
        "===" | "==" => BinaryOperator::Equal,
        "!==" | "!=" => BinaryOperator::NotEqual,
        "<" => BinaryOperator::Less,
        "<=" => BinaryOperator::LessEqual,
        ">" => BinaryOperator::Greater,
        ">=" => BinaryOperator::GreaterEqual,
        "+" => BinaryOperator::Add,
        "-" => BinaryOperator::Subtract,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "%" => BinaryOperator::Remainder,
        "**" => BinaryOperator::Power,
        "in" => BinaryOperator::In,
        "instanceof" => BinaryOperator::Instanceof,
        "&" | "|" | "^" | "<<" | ">>" | ">>>" => BinaryOperator::Bitwise,
        _ => return None,
    })
}
