//! JSX elements: only what they compute is of interest.

use smol_str::SmolStr;
use tree_sitter::Node;

use super::{Child, Lowering, in_field, named};
use crate::facts::{Expression, ExpressionId, JsxElement};
use crate::grammar::{Field, Kind};

impl<'t> Lowering<'t, '_> {
    /// An element or fragment.
    pub(super) fn jsx(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let opening = match in_field(&children, Field::OpenTag) {
            Some(tag) => self.children(tag.node),
            None => Vec::new(),
        };
        let head = if opening.is_empty() {
            &children
        } else {
            &opening
        };
        let tag = in_field(head, Field::Name).map_or_else(SmolStr::default, |name| {
            self.children(name.node);
            self.compact(name.node)
        });
        let attributes = head
            .iter()
            .filter(|child| child.field == Field::Attribute)
            .filter_map(|attribute| self.attribute(*attribute))
            .collect();
        let mut inside = Vec::new();
        for child in named(&children) {
            match child.kind {
                Kind::JsxElement | Kind::JsxSelfClosingElement => {
                    inside.push(self.expression(child.node));
                }
                Kind::JsxExpression => inside.extend(self.braces(child.node)),
                _ => {}
            }
        }
        self.add(
            self.span(node),
            Expression::Jsx(Box::new(JsxElement {
                tag,
                attributes,
                children: inside.into(),
            })),
        )
    }

    fn attribute(&mut self, attribute: Child<'t>) -> Option<(SmolStr, Option<ExpressionId>)> {
        if attribute.kind == Kind::JsxExpression {
            return Some((SmolStr::default(), self.braces(attribute.node)));
        }
        let children = self.children(attribute.node);
        let mut parts = named(&children);
        let name = self.compact(parts.next()?.node);
        let value = parts.next().and_then(|value| match value.kind {
            Kind::JsxExpression => self.braces(value.node),
            // JSX has no escapes.
            Kind::String => {
                let text = SmolStr::new(self.quoted(value.node));
                Some(self.add(self.span(value.node), Expression::String(text)))
            }
            _ => Some(self.expression(value.node)),
        });
        Some((name, value))
    }

    /// `{expression}`; nothing for `{/* comment */}`.
    fn braces(&mut self, node: Node<'t>) -> Option<ExpressionId> {
        let children = self.children(node);
        let child = named(&children).next()?;
        Some(if child.kind == Kind::SpreadElement {
            self.inner(child.node)
        } else {
            self.expression(child.node)
        })
    }
}
