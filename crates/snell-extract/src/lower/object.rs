//! Object and array literals, and the keys that objects and classes share.

use tree_sitter::Node;

use super::function::Form;
use super::{Lowering, in_field, listed, named};
use crate::facts::{Element, Expression, ExpressionId, Name, Property, PropertyKey};
use crate::grammar::{Field, Kind};

impl<'t> Lowering<'t, '_> {
    pub(super) fn object(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let mut properties = Vec::with_capacity(listed(&children));
        for child in named(&children) {
            properties.extend(self.property(child.node));
        }
        self.add(self.span(node), Expression::Object(properties.into()))
    }

    fn property(&mut self, node: Node<'t>) -> Option<Property> {
        let span = self.span(node);
        Some(match self.kind(node) {
            Kind::Pair => {
                let children = self.children(node);
                let key = self.property_key(in_field(&children, Field::Key)?.node);
                let value = self.expression(in_field(&children, Field::Value)?.node);
                self.name_function(value, key.name());
                Property::Value {
                    key,
                    value,
                    shorthand: false,
                    span,
                }
            }
            Kind::ShorthandPropertyIdentifier => {
                let name = self.name(node);
                let value = self.identifier(name.text.clone(), name.span);
                Property::Value {
                    key: PropertyKey::Static(name),
                    value,
                    shorthand: true,
                    span,
                }
            }
            Kind::SpreadElement => Property::Spread {
                value: self.inner(node),
                span,
            },
            Kind::MethodDefinition => {
                let children = self.children(node);
                let (key, function) = self.method(node, &children, Form::of_object());
                Property::Method {
                    key,
                    function,
                    span,
                }
            }
            _ => {
                // `{ a = 1 }` outside of a pattern, or broken code.
                self.broken.push(node);
                return None;
            }
        })
    }

    pub(super) fn array(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let mut elements = Vec::new();
        let mut filled = false;
        for child in &children {
            if child.node.is_named() {
                filled = true;
                elements.push(if child.kind == Kind::SpreadElement {
                    Element::Spread(self.inner(child.node))
                } else {
                    Element::Value(self.expression(child.node))
                });
            } else if self.text(child.node) == "," && !std::mem::take(&mut filled) {
                elements.push(Element::Hole);
            }
        }
        self.add(self.span(node), Expression::Array(elements.into()))
    }

    /// The key of a property or member.
    pub(super) fn property_key(&mut self, node: Node<'t>) -> PropertyKey {
        match self.kind(node) {
            Kind::String => PropertyKey::Static(self.string_name(node)),
            Kind::ComputedPropertyName => {
                let value = self.inner(node);
                match self.facts.expression(value) {
                    Expression::String(text) | Expression::Number(text) => {
                        PropertyKey::Static(Name {
                            text: text.clone(),
                            span: self.facts.span(value),
                        })
                    }
                    _ => PropertyKey::Computed(value),
                }
            }
            _ => PropertyKey::Static(self.name(node)),
        }
    }
}
