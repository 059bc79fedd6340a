//! Enums, interfaces and type aliases.

use tree_sitter::Node;

use super::{Child, Lowering, in_field, named, of_kind, position};
use crate::facts::{
    BindingKind, Enum, EnumMember, Expression, Interface, Name, Statement, TypeAlias,
};
use crate::grammar::{Field, Kind};

impl<'t> Lowering<'t, '_> {
    /// `enum A { }`
    pub(super) fn enum_declaration(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let Some(name) = in_field(&children, Field::Name) else {
            return Statement::Other;
        };
        let name = self.name(name.node);
        let members =
            in_field(&children, Field::Body).map_or_else(Vec::new, |body| self.enum_members(body));
        let kind = BindingKind::Enum(position(self.facts.enums.len()));
        self.declare(name.text.clone(), name.span, kind);
        self.facts.enums.push(Enum {
            name,
            span: self.span(node),
            members,
        });
        Statement::Other
    }

    fn enum_members(&mut self, body: Child<'t>) -> Vec<EnumMember> {
        let children = self.children(body.node);
        let mut members = Vec::new();
        for child in named(&children) {
            if child.kind == Kind::EnumAssignment {
                let parts = self.children(child.node);
                if let Some(name) = in_field(&parts, Field::Name) {
                    let name = self.member_name(name.node);
                    let value =
                        in_field(&parts, Field::Value).map(|value| self.expression(value.node));
                    members.push(EnumMember { name, value });
                }
            } else {
                let name = self.member_name(child.node);
                members.push(EnumMember { name, value: None });
            }
        }
        members
    }

    /// The name of a member of an enum or type; a computed one as written.
    pub(super) fn member_name(&mut self, node: Node<'t>) -> Name {
        match self.kind(node) {
            Kind::String => self.string_name(node),
            Kind::ComputedPropertyName => {
                let value = self.inner(node);
                let span = self.facts.span(value);
                match self.facts.expression(value) {
                    Expression::String(text) | Expression::Number(text) => Name {
                        text: text.clone(),
                        span,
                    },
                    _ => self.name(node),
                }
            }
            _ => self.name(node),
        }
    }

    /// `interface A extends B { }`
    pub(super) fn interface_declaration(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let Some(name) = in_field(&children, Field::Name) else {
            return Statement::Other;
        };
        let name = self.name(name.node);
        let type_parameters = in_field(&children, Field::TypeParameters)
            .map_or_else(Vec::new, |list| self.type_parameters(list.node));
        let extends = match of_kind(&children, Kind::ExtendsTypeClause) {
            Some(clause) => self.type_list(clause.node),
            None => Vec::new(),
        };
        let members = in_field(&children, Field::Body)
            .map_or_else(Vec::new, |body| self.type_members(body.node));
        self.facts.interfaces.push(Interface {
            name,
            span: self.span(node),
            type_parameters,
            extends,
            members,
        });
        Statement::Other
    }

    /// `type A = T`
    pub(super) fn type_alias(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let name = in_field(&children, Field::Name);
        let value = in_field(&children, Field::Value);
        if let (Some(name), Some(value)) = (name, value) {
            let name = self.name(name.node);
            let type_parameters = in_field(&children, Field::TypeParameters)
                .map_or_else(Vec::new, |list| self.type_parameters(list.node));
            let ty = self.ty(value.node);
            self.facts.type_aliases.push(TypeAlias {
                name,
                span: self.span(node),
                type_parameters,
                ty,
            });
        }
        Statement::Other
    }
}
