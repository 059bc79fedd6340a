//! Expressions that nest to the left: operators, members, calls, casts.
//!
//! `a.b().c()` is a call of a member of a call of a member of `a`. Such chains
//! are thousands of links long in generated code, so they are walked in a loop
//! down to their first operand and built up from there.
//!
//! The grammar gives some links too weak an operand: it reads `a ?? b!.c` as
//! `(a ?? b)!.c`, `!a!` as `(!a)!` and `a === b as T` as `(a === b) as T`. Such
//! links are moved to the right operand, where the language has them.

use snell_source::Span;
use tree_sitter::Node;

use super::{Child, Lowering, has, in_field, named};
use crate::facts::{
    Argument, BinaryOperator, CastKind, Expression, ExpressionId, LogicalOperator, Tagged, TypeId,
};
use crate::grammar::{Field, Kind};

/// A node whose leftmost part is the rest of the chain.
struct Link<'t> {
    node: Node<'t>,
    kind: Kind,
    children: Vec<Child<'t>>,
    span: Span,
    /// Of a binary operator: links that belong to its right operand.
    tail: Vec<Link<'t>>,
}

impl<'t, 's> Lowering<'t, 's> {
    /// An expression of any form.
    pub(super) fn expression(&mut self, node: Node<'t>) -> ExpressionId {
        self.nested(node, |this| this.chain(node, Vec::new()))
            .unwrap_or_else(|| self.add(self.span(node), Expression::Unknown(Box::default())))
    }

    /// An expression with links, outermost first, that are applied to it.
    fn chain(&mut self, mut node: Node<'t>, mut links: Vec<Link<'t>>) -> ExpressionId {
        loop {
            let kind = self.kind(node);
            let is_moved = is_prefix(kind) && links.last().is_some_and(is_postfix);
            if !is_link(kind) && !is_moved {
                break;
            }
            let children = self.children(node);
            let Some(first) = leftmost(kind, &children) else {
                break;
            };
            let mut link = Link {
                node,
                kind,
                children,
                span: self.span(node),
                tail: Vec::new(),
            };
            if is_prefix(kind) {
                self.move_behind(link, first.node, &mut links);
            } else {
                self.take_tail(&mut link, &mut links);
                links.push(link);
            }
            node = first.node;
        }
        let mut value = self.primary(node);
        while let Some(link) = links.pop() {
            value = self.link(link, value);
        }
        value
    }

    /// Gives a binary operator the links that bind its right operand.
    fn take_tail(&mut self, link: &mut Link<'t>, links: &mut Vec<Link<'t>>) {
        if link.kind != Kind::BinaryExpression {
            return;
        }
        let operator = self.operator(&link.children);
        let Some(right) = in_field(&link.children, Field::Right) else {
            return;
        };
        let strength = precedence(operator);
        let binds = |outer: &Link<'t>| match outer.kind {
            Kind::BinaryExpression => precedence(self.operator(&outer.children)) > strength,
            Kind::AsExpression | Kind::SatisfiesExpression => precedence("<") > strength,
            _ => is_postfix(outer),
        };
        let from = links
            .iter()
            .rposition(|outer| !binds(outer))
            .map_or(0, |last| last + 1);
        link.tail = links.split_off(from);
        let start = self.span(right.node).start;
        for outer in &mut link.tail {
            link.span = link.span.cover(outer.span);
            outer.span = Span::new(start, outer.span.end);
        }
    }

    /// Puts a prefix operator around the links that bind its operand.
    fn move_behind(&self, mut prefix: Link<'t>, operand: Node<'t>, links: &mut Vec<Link<'t>>) {
        let from = links
            .iter()
            .rposition(|outer| !is_postfix(outer))
            .map_or(0, |last| last + 1);
        let start = self.span(operand).start;
        for outer in &mut links[from..] {
            prefix.span = prefix.span.cover(outer.span);
            outer.span = Span::new(start, outer.span.end);
        }
        links.insert(from, prefix);
    }

    fn link(&mut self, link: Link<'t>, left: ExpressionId) -> ExpressionId {
        match link.kind {
            Kind::BinaryExpression => self.binary(link, left),
            Kind::CallExpression => self.call(&link, left),
            Kind::MemberExpression => self.member(&link, left),
            Kind::SubscriptExpression => self.subscript(&link, left),
            Kind::NonNullExpression | Kind::AsExpression | Kind::SatisfiesExpression => {
                self.cast(&link, left)
            }
            Kind::AwaitExpression => self.add(link.span, Expression::Await(left)),
            Kind::UnaryExpression => {
                let operator = self.operator(&link.children);
                self.unary_of(link.span, operator, left)
            }
            // Parentheses, and `f<T>` without a call: type arguments do nothing.
            _ => left,
        }
    }

    /// The text of the operator among children.
    pub(super) fn operator(&self, children: &[Child<'t>]) -> &'s str {
        in_field(children, Field::Operator).map_or("", |operator| self.text(operator.node))
    }

    fn binary(&mut self, link: Link<'t>, left: ExpressionId) -> ExpressionId {
        let operator = self.operator(&link.children);
        let right = match in_field(&link.children, Field::Right) {
            Some(right) => self
                .nested(right.node, |this| this.chain(right.node, link.tail))
                .unwrap_or_else(|| {
                    self.add(self.span(right.node), Expression::Unknown(Box::default()))
                }),
            None => self.operand(&link, Field::Right),
        };
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
            Expression::Unknown([left, right].into())
        };
        self.add(link.span, kind)
    }

    /// The expression in a field; unknown when broken code lacks it.
    fn operand(&mut self, link: &Link<'t>, field: Field) -> ExpressionId {
        match in_field(&link.children, field) {
            Some(child) => self.expression(child.node),
            None => self.add(link.span, Expression::Unknown(Box::default())),
        }
    }

    fn call(&mut self, link: &Link<'t>, callee: ExpressionId) -> ExpressionId {
        let span = link.span;
        let type_arguments = self.type_arguments_of(&link.children, Field::Function);
        let kind = match in_field(&link.children, Field::Arguments) {
            Some(template) if template.kind == Kind::TemplateString => {
                let (chunks, values) = self.template(template.node);
                Expression::TaggedTemplate {
                    tag: callee,
                    type_arguments: type_arguments.into(),
                    template: Box::new(Tagged {
                        chunks: chunks.into(),
                        values: values.into(),
                        span: self.span(template.node),
                    }),
                }
            }
            arguments => Expression::Call {
                callee,
                type_arguments: type_arguments.into(),
                arguments: arguments
                    .map_or_else(Vec::new, |list| self.arguments(list.node))
                    .into(),
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
        let span = link.span;
        let Some(property) = in_field(&link.children, Field::Property) else {
            return self.add(span, Expression::Unknown([object].into()));
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
            link.span,
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
        self.add(link.span, Expression::Cast { value, ty, kind })
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

fn is_prefix(kind: Kind) -> bool {
    matches!(kind, Kind::AwaitExpression | Kind::UnaryExpression)
}

/// Whether a link binds tighter than every operator.
fn is_postfix(link: &Link<'_>) -> bool {
    matches!(
        link.kind,
        Kind::CallExpression
            | Kind::MemberExpression
            | Kind::SubscriptExpression
            | Kind::NonNullExpression
    )
}

/// How strongly an operator binds; `as` and `satisfies` bind like `<`.
fn precedence(operator: &str) -> u8 {
    match operator {
        "??" | "||" => 1,
        "&&" => 2,
        "|" => 3,
        "^" => 4,
        "&" => 5,
        "==" | "===" | "!=" | "!==" => 6,
        "<" | "<=" | ">" | ">=" | "in" | "instanceof" => 7,
        "<<" | ">>" | ">>>" => 8,
        "+" | "-" => 9,
        "*" | "/" | "%" => 10,
        _ => 11,
    }
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
        Kind::UnaryExpression => in_field(children, Field::Argument),
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
