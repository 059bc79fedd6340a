//! Classes and their members.

use tree_sitter::Node;

use super::function::Form;
use super::{Child, Lowering, has, in_field, named, of_kind, position};
use crate::facts::{
    Accessibility, BindingKind, Class, ClassId, Decorator, Expression, ExpressionId, FunctionKind,
    Member, MemberKind, Name, PropertyKey,
};
use crate::grammar::{Field, Kind};

impl<'t> Lowering<'t, '_> {
    /// `class A { }`, with the decorators that stand before an `export`.
    pub(super) fn class_declaration(
        &mut self,
        node: Node<'t>,
        decorators: Vec<Decorator>,
    ) -> ClassId {
        let children = self.children(node);
        let id = self.class(node, &children, decorators);
        if let Some(name) = self.facts.classes[id.index()].name.clone() {
            self.declare(name.text, name.span, BindingKind::Class(id));
        }
        id
    }

    /// A class expression; its name is known inside it alone.
    pub(super) fn class_value(&mut self, node: Node<'t>) -> ExpressionId {
        let id = self.in_scope(|this| this.class_declaration(node, Vec::new()));
        self.add(self.span(node), Expression::Class(id))
    }

    fn class(
        &mut self,
        node: Node<'t>,
        children: &[Child<'t>],
        decorators: Vec<Decorator>,
    ) -> ClassId {
        let id = ClassId(position(self.facts.classes.len()));
        let name = in_field(children, Field::Name).map(|name| self.name(name.node));
        self.facts.classes.push(Class {
            name,
            span: self.undecorated(node, children),
            extends: None,
            extends_arguments: Vec::new(),
            implements: Vec::new(),
            type_parameters: Vec::new(),
            decorators,
            is_abstract: self.kind(node) == Kind::AbstractClassDeclaration,
            members: Vec::new(),
        });
        let own = self.decorators(children);
        let type_parameters = in_field(children, Field::TypeParameters)
            .map_or_else(Vec::new, |list| self.type_parameters(list.node));
        if let Some(heritage) = of_kind(children, Kind::ClassHeritage) {
            self.heritage(id, heritage.node);
        }
        let members = in_field(children, Field::Body)
            .map_or_else(Vec::new, |body| self.members(id, body.node));
        let class = &mut self.facts.classes[id.index()];
        class.decorators.extend(own);
        class.type_parameters = type_parameters;
        class.members = members;
        id
    }

    /// The span of a node from its first child that is no decorator.
    fn undecorated(&self, node: Node<'t>, children: &[Child<'t>]) -> snell_source::Span {
        let whole = self.span(node);
        children
            .iter()
            .find(|child| child.kind != Kind::Decorator)
            .map_or(whole, |child| self.span(child.node))
            .cover(snell_source::Span::empty(whole.end))
    }

    fn heritage(&mut self, id: ClassId, node: Node<'t>) {
        let clauses = self.children(node);
        for clause in &clauses {
            let children = self.children(clause.node);
            if clause.kind == Kind::ExtendsClause {
                let extends =
                    in_field(&children, Field::Value).map(|base| self.expression(base.node));
                let arguments = in_field(&children, Field::TypeArguments)
                    .map_or_else(Vec::new, |list| self.type_list(list.node));
                let class = &mut self.facts.classes[id.index()];
                class.extends = extends;
                class.extends_arguments = arguments;
            } else if clause.kind == Kind::ImplementsClause {
                let types = named(&children).map(|ty| self.ty(ty.node)).collect();
                self.facts.classes[id.index()].implements = types;
            }
        }
    }

    fn members(&mut self, class: ClassId, body: Node<'t>) -> Vec<Member> {
        let children = self.children(body);
        let mut members = Vec::new();
        // A method's decorators are its preceding siblings.
        let mut waiting = Vec::new();
        for child in named(&children) {
            if child.kind == Kind::Decorator {
                waiting.push(self.decorator(child.node));
                continue;
            }
            let mut decorators = std::mem::take(&mut waiting);
            if let Some(mut member) = self.member_of_class(class, child) {
                decorators.append(&mut member.decorators);
                member.decorators = decorators;
                members.push(member);
            }
        }
        members
    }

    fn member_of_class(&mut self, class: ClassId, child: Child<'t>) -> Option<Member> {
        match child.kind {
            Kind::MethodDefinition | Kind::AbstractMethodSignature => {
                Some(self.class_method(class, child.node))
            }
            // Elsewhere it is an overload of the method that follows.
            Kind::MethodSignature if self.ambient => Some(self.class_method(class, child.node)),
            Kind::PublicFieldDefinition => self.field(class, child.node),
            Kind::ClassStaticBlock => Some(self.static_block(class, child.node)),
            _ => None,
        }
    }

    fn class_method(&mut self, class: ClassId, node: Node<'t>) -> Member {
        let children = self.children(node);
        let (key, function) = self.method(node, &children, Form::of_class(class));
        let kind = match self.facts.functions[function.index()].kind {
            FunctionKind::Constructor => MemberKind::Constructor(function),
            FunctionKind::Getter => MemberKind::Getter(function),
            FunctionKind::Setter => MemberKind::Setter(function),
            _ => MemberKind::Method(function),
        };
        self.finish_member(node, &children, key, kind)
    }

    fn field(&mut self, class: ClassId, node: Node<'t>) -> Option<Member> {
        let children = self.children(node);
        let decorators = self.decorators(&children);
        let key = self.property_key(in_field(&children, Field::Name)?.node);
        let ty = in_field(&children, Field::Type).map(|ty| self.annotation(ty.node));
        let init = in_field(&children, Field::Value).map(|value| {
            let around = self.class.replace(class);
            let value = self.expression(value.node);
            self.class = around;
            value
        });
        if let Some(init) = init {
            self.name_function(init, key.name());
        }
        let kind = MemberKind::Field {
            ty,
            init,
            optional: has(&children, Kind::QuestionToken),
        };
        let mut member = self.finish_member(node, &children, key, kind);
        member.decorators = decorators;
        Some(member)
    }

    fn static_block(&mut self, class: ClassId, node: Node<'t>) -> Member {
        let children = self.children(node);
        let form = Form {
            kind: FunctionKind::StaticBlock,
            name: None,
            class: Some(class),
        };
        let function = self.function(node, &children, form);
        let key = PropertyKey::Static(Name {
            text: "static".into(),
            span: snell_source::Span::empty(self.span(node).start),
        });
        self.finish_member(node, &children, key, MemberKind::StaticBlock(function))
    }

    /// A member with what its modifiers say.
    fn finish_member(
        &mut self,
        node: Node<'t>,
        children: &[Child<'t>],
        key: PropertyKey,
        kind: MemberKind,
    ) -> Member {
        let is_private = key.name().is_some_and(|name| name.text.starts_with('#'));
        let default = if is_private {
            Accessibility::Private
        } else {
            Accessibility::Public
        };
        Member {
            span: self.undecorated(node, children),
            is_static: has(children, Kind::StaticToken)
                || self.kind(node) == Kind::ClassStaticBlock,
            is_readonly: has(children, Kind::ReadonlyToken),
            is_abstract: has(children, Kind::AbstractToken) || has(children, Kind::DeclareToken),
            accessibility: self.accessibility(children).unwrap_or(default),
            decorators: Vec::new(),
            key,
            kind,
        }
    }
}
