//! Types, as far as they are written.

use smol_str::SmolStr;
use snell_source::Span;
use tree_sitter::Node;

use super::function::Owner;
use super::{Child, Lowering, has, in_field, named, of_kind};
use crate::facts::{Name, TypeExpression, TypeId, TypeMember, TypeParameter};
use crate::grammar::{Field, Kind};

/// What makes hidden type arguments a text that can be parsed alone.
const BEFORE: &str = "type T=A";

impl<'t> Lowering<'t, '_> {
    /// A type of any form.
    pub(super) fn ty(&mut self, node: Node<'t>) -> TypeId {
        let mut node = node;
        while self.kind(node) == Kind::ParenthesizedType {
            let children = self.children(node);
            match named(&children).next() {
                Some(child) => node = child.node,
                None => break,
            }
        }
        let kind = self
            .nested(node, |this| this.type_kind(node))
            .unwrap_or_else(|| TypeExpression::Other(SmolStr::default()));
        self.add_type(self.span(node), kind)
    }

    /// The type in `: T`, `: asserts a is T`.
    pub(super) fn annotation(&mut self, node: Node<'t>) -> TypeId {
        let children = self.children(node);
        match named(&children).next() {
            Some(child) => self.ty(child.node),
            None => self.add_type(self.span(node), TypeExpression::Other(SmolStr::default())),
        }
    }

    /// The types in `<A, B>` or after `extends`.
    pub(super) fn type_list(&mut self, node: Node<'t>) -> Vec<TypeId> {
        let children = self.children(node);
        named(&children).map(|child| self.ty(child.node)).collect()
    }

    /// The only type in a node.
    fn only(&mut self, node: Node<'t>) -> Option<TypeId> {
        let children = self.children(node);
        let child = named(&children).next()?;
        Some(self.ty(child.node))
    }

    fn type_kind(&mut self, node: Node<'t>) -> TypeExpression {
        let kind = self.kind(node);
        let known = match kind {
            Kind::PredefinedType | Kind::TypeIdentifier | Kind::ThisType | Kind::Identifier => {
                Some(self.plain(node))
            }
            Kind::NestedTypeIdentifier => {
                self.children(node);
                Some(self.plain(node))
            }
            Kind::GenericType => self.generic(node),
            Kind::LiteralType => self.literal_type(node),
            Kind::UnionType => Some(TypeExpression::Union(self.operands(node, kind))),
            Kind::IntersectionType => Some(TypeExpression::Intersection(self.operands(node, kind))),
            Kind::ArrayType => self.only(node).map(TypeExpression::Array),
            Kind::TupleType => Some(self.tuple(node)),
            Kind::ObjectType => Some(self.object_type(node)),
            Kind::FunctionType | Kind::ConstructorType => Some(self.function_type(node)),
            Kind::TypeQuery => self.type_query(node),
            Kind::IndexTypeQuery => self.only(node).map(TypeExpression::Keyof),
            Kind::ReadonlyType => self.only(node).map(TypeExpression::Readonly),
            Kind::OptionalType | Kind::RestType => self.transparent(node),
            Kind::LookupType => self.lookup(node),
            Kind::ConditionalType => self.conditional_type(node),
            Kind::TemplateLiteralType => Some(self.template_type(node)),
            Kind::TypePredicate => Some(self.predicate(node)),
            Kind::Asserts => Some(self.asserts(node)),
            _ => None,
        };
        known.unwrap_or_else(|| {
            self.skim(node);
            TypeExpression::Other(self.text(node).into())
        })
    }

    /// Takes the comments out of what is not looked into.
    fn skim(&mut self, node: Node<'t>) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let children = self.children(node);
            open.extend(named(&children).map(|child| child.node));
        }
    }

    /// A name without arguments.
    fn plain(&self, node: Node<'t>) -> TypeExpression {
        TypeExpression::Named {
            name: self.compact(node),
            arguments: Vec::new(),
        }
    }

    /// A node that is its only type: `T?` and `...T` in a tuple.
    fn transparent(&mut self, node: Node<'t>) -> Option<TypeExpression> {
        let children = self.children(node);
        let child = named(&children).next()?;
        self.nested(child.node, |this| this.type_kind(child.node))
    }

    fn generic(&mut self, node: Node<'t>) -> Option<TypeExpression> {
        let children = self.children(node);
        let name = in_field(&children, Field::Name)?;
        let name = self.compact(name.node);
        let arguments = in_field(&children, Field::TypeArguments)
            .map_or_else(Vec::new, |list| self.type_list(list.node));
        Some(TypeExpression::Named { name, arguments })
    }

    fn literal_type(&mut self, node: Node<'t>) -> Option<TypeExpression> {
        let children = self.children(node);
        let child = named(&children).next()?;
        Some(match child.kind {
            Kind::String => TypeExpression::StringLiteral(self.string_value(child.node)),
            Kind::Number | Kind::UnaryExpression => {
                TypeExpression::NumberLiteral(self.compact(child.node))
            }
            Kind::True => TypeExpression::BooleanLiteral(true),
            Kind::False => TypeExpression::BooleanLiteral(false),
            Kind::Null => TypeExpression::Null,
            Kind::Undefined => TypeExpression::Undefined,
            _ => return None,
        })
    }

    /// The parts of a union or intersection, which nests to the left.
    fn operands(&mut self, node: Node<'t>, kind: Kind) -> Vec<TypeId> {
        let mut parts = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let inner = self.kind(node);
            if inner == kind {
                let children = self.children(node);
                open.extend(named(&children).map(|child| child.node));
            } else {
                parts.push(node);
            }
        }
        // The right operands were met first.
        parts.reverse();
        parts.into_iter().map(|part| self.ty(part)).collect()
    }

    fn tuple(&mut self, node: Node<'t>) -> TypeExpression {
        let children = self.children(node);
        let mut elements = Vec::new();
        for child in named(&children) {
            if matches!(
                child.kind,
                Kind::RequiredParameter | Kind::OptionalParameter
            ) {
                let parts = self.children(child.node);
                if let Some(ty) = in_field(&parts, Field::Type) {
                    elements.push(self.annotation(ty.node));
                }
            } else {
                elements.push(self.ty(child.node));
            }
        }
        TypeExpression::Tuple(elements)
    }

    fn function_type(&mut self, node: Node<'t>) -> TypeExpression {
        let children = self.children(node);
        self.signature(&children)
    }

    /// The parameters and the result of a function type or method signature.
    fn signature(&mut self, children: &[Child<'t>]) -> TypeExpression {
        let parameters = in_field(children, Field::Parameters)
            .map_or_else(Vec::new, |list| self.parameters(list.node, Owner::Type));
        let result = in_field(children, Field::ReturnType)
            .or_else(|| in_field(children, Field::Type))
            .map(|result| match result.kind {
                Kind::TypeAnnotation | Kind::AssertsAnnotation | Kind::TypePredicateAnnotation => {
                    self.annotation(result.node)
                }
                _ => self.ty(result.node),
            });
        TypeExpression::Function { parameters, result }
    }

    /// `typeof a.b`
    fn type_query(&mut self, node: Node<'t>) -> Option<TypeExpression> {
        let children = self.children(node);
        let target = named(&children).next()?;
        self.skim(target.node);
        Some(TypeExpression::Typeof(self.compact(target.node)))
    }

    fn lookup(&mut self, node: Node<'t>) -> Option<TypeExpression> {
        let children = self.children(node);
        let mut parts = named(&children);
        let object = self.ty(parts.next()?.node);
        let index = self.ty(parts.next()?.node);
        Some(TypeExpression::IndexedAccess { object, index })
    }

    fn conditional_type(&mut self, node: Node<'t>) -> Option<TypeExpression> {
        let children = self.children(node);
        let mut part = |field| in_field(&children, field).map(|child| self.ty(child.node));
        Some(TypeExpression::Conditional {
            parts: [
                part(Field::Left)?,
                part(Field::Right)?,
                part(Field::Consequence)?,
                part(Field::Alternative)?,
            ],
        })
    }

    fn template_type(&mut self, node: Node<'t>) -> TypeExpression {
        let children = self.children(node);
        let values = children
            .iter()
            .filter(|child| child.kind == Kind::TemplateType)
            .filter_map(|child| self.only(child.node))
            .collect();
        TypeExpression::Template(values)
    }

    /// `a is T`
    fn predicate(&mut self, node: Node<'t>) -> TypeExpression {
        let children = self.children(node);
        let ty = in_field(&children, Field::Type).map(|ty| self.ty(ty.node));
        TypeExpression::Predicate(ty)
    }

    /// `asserts a`, `asserts a is T`
    fn asserts(&mut self, node: Node<'t>) -> TypeExpression {
        let children = self.children(node);
        match of_kind(&children, Kind::TypePredicate) {
            Some(predicate) => self.predicate(predicate.node),
            None => TypeExpression::Predicate(None),
        }
    }

    fn object_type(&mut self, node: Node<'t>) -> TypeExpression {
        let children = self.children(node);
        let mapped = of_kind(&children, Kind::IndexSignature).filter(|signature| {
            let mut cursor = signature.node.walk();
            signature
                .node
                .named_children(&mut cursor)
                .any(|child| self.kind(child) == Kind::MappedTypeClause)
        });
        if let Some(signature) = mapped {
            return self.mapped(signature.node);
        }
        TypeExpression::Object(self.members_among(&children))
    }

    /// `{ [K in C]: T }`
    fn mapped(&mut self, signature: Node<'t>) -> TypeExpression {
        let children = self.children(signature);
        let constraint = of_kind(&children, Kind::MappedTypeClause).and_then(|clause| {
            let parts = self.children(clause.node);
            if let Some(alias) = in_field(&parts, Field::Alias) {
                self.skim(alias.node);
            }
            in_field(&parts, Field::Type).map(|ty| self.ty(ty.node))
        });
        let value = in_field(&children, Field::Type).map(|ty| self.annotation(ty.node));
        TypeExpression::Mapped { constraint, value }
    }

    /// The members of an interface or object type.
    pub(super) fn type_members(&mut self, node: Node<'t>) -> Vec<TypeMember> {
        let children = self.children(node);
        self.members_among(&children)
    }

    fn members_among(&mut self, children: &[Child<'t>]) -> Vec<TypeMember> {
        named(children)
            .filter_map(|child| self.type_member(child))
            .collect()
    }

    fn type_member(&mut self, child: Child<'t>) -> Option<TypeMember> {
        let parts = self.children(child.node);
        let span = self.span(child.node);
        let name = in_field(&parts, Field::Name).filter(|_| child.kind != Kind::IndexSignature);
        let name = match name {
            Some(name) => self.member_name(name.node),
            None => Name {
                text: SmolStr::default(),
                span: Span::empty(span.start),
            },
        };
        let ty = match child.kind {
            Kind::PropertySignature | Kind::IndexSignature => {
                in_field(&parts, Field::Type).map(|ty| self.annotation(ty.node))
            }
            Kind::MethodSignature | Kind::CallSignature | Kind::ConstructSignature => {
                let signature = self.signature(&parts);
                Some(self.add_type(span, signature))
            }
            _ => return None,
        };
        Some(TypeMember {
            name,
            ty,
            optional: has(&parts, Kind::QuestionToken),
            readonly: has(&parts, Kind::ReadonlyToken),
            span,
        })
    }

    /// `<T extends C = D>`
    pub(super) fn type_parameters(&mut self, node: Node<'t>) -> Vec<TypeParameter> {
        let children = self.children(node);
        let mut parameters = Vec::new();
        for child in named(&children) {
            let parts = self.children(child.node);
            let Some(name) = in_field(&parts, Field::Name) else {
                continue;
            };
            let constraint = in_field(&parts, Field::Constraint).and_then(|ty| self.only(ty.node));
            let default = in_field(&parts, Field::Value).and_then(|ty| self.only(ty.node));
            parameters.push(TypeParameter {
                name: self.text(name.node).into(),
                constraint,
                default,
            });
        }
        parameters
    }

    /// The type arguments that were hidden from the parser after `end`.
    pub(super) fn hidden_type_arguments(&mut self, end: u32) -> Vec<TypeId> {
        let Some(span) = self.masked.arguments_after(end) else {
            return Vec::new();
        };
        let text = format!("{BEFORE}{};", span.text(self.source));
        let Some(tree) = crate::parse(text.as_bytes(), self.dialect) else {
            return Vec::new();
        };
        let mut inner = Lowering::new(&text, self.masked, tree.root_node(), self.dialect);
        inner.offset = i64::from(span.start) - BEFORE.len() as i64;
        inner.window = span;
        inner.depth = self.depth;
        std::mem::swap(&mut inner.facts, &mut self.facts);
        let arguments =
            type_arguments_in(tree.root_node()).map_or_else(Vec::new, |list| inner.type_list(list));
        std::mem::swap(&mut inner.facts, &mut self.facts);
        arguments
    }
}

/// The type arguments in `type T=A<...>;`.
fn type_arguments_in(root: Node<'_>) -> Option<Node<'_>> {
    root.named_child(0)?
        .child_by_field_name("value")?
        .child_by_field_name("type_arguments")
}
