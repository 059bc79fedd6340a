//! Literals and templates.

use smol_str::SmolStr;
use snell_source::Span;
use tree_sitter::Node;

use super::Lowering;
use crate::escape::unescape;
use crate::facts::{Expression, ExpressionId, Name, TemplateChunk};
use crate::grammar::Kind;

impl<'t> Lowering<'t, '_> {
    /// A literal, or a keyword that is a value.
    pub(super) fn literal(&mut self, node: Node<'t>) -> Option<Expression> {
        Some(match self.kind(node) {
            Kind::String => Expression::String(self.string_value(node)),
            Kind::Number => {
                let text = self.text(node);
                match text.strip_suffix('n') {
                    Some(digits) => Expression::BigInt(digits.into()),
                    None => Expression::Number(text.into()),
                }
            }
            Kind::True => Expression::Boolean(true),
            Kind::False => Expression::Boolean(false),
            Kind::Null => Expression::Null,
            Kind::Undefined => Expression::Undefined,
            Kind::Regex => Expression::Regex(self.text(node).into()),
            Kind::This => Expression::This,
            Kind::Super => Expression::Super,
            // `#a in b`
            Kind::PrivatePropertyIdentifier => Expression::Identifier {
                name: self.text(node).into(),
                binding: None,
            },
            _ => return None,
        })
    }

    /// The value of a string literal.
    pub(super) fn string_value(&self, node: Node<'t>) -> SmolStr {
        SmolStr::new(unescape(self.quoted(node)))
    }

    /// A string literal as a name; its span has the quotes.
    pub(super) fn string_name(&self, node: Node<'t>) -> Name {
        Name {
            text: self.string_value(node),
            span: self.span(node),
        }
    }

    /// The text between the quotes, as written.
    pub(super) fn quoted(&self, node: Node<'t>) -> &str {
        let text = self.text(node);
        let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return text;
        };
        let open = &text[1..];
        open.strip_suffix(quote).unwrap_or(open)
    }

    pub(super) fn template_string(&mut self, node: Node<'t>) -> ExpressionId {
        let (chunks, values) = self.template(node);
        let kind = Expression::Template {
            chunks: chunks.into(),
            values: values.into(),
        };
        self.add(self.span(node), kind)
    }

    /// The text and the values of a template: one chunk more than values.
    pub(super) fn template(&mut self, node: Node<'t>) -> (Vec<TemplateChunk>, Vec<ExpressionId>) {
        let children = self.children(node);
        let closed = self.text(node).len() > 1 && self.text(node).ends_with('`');
        let end = node.end_byte() - usize::from(closed);
        let mut start = (node.start_byte() + 1).min(end);
        let mut chunks = Vec::new();
        let mut values = Vec::new();
        for child in &children {
            if child.kind == Kind::TemplateSubstitution {
                chunks.push(self.chunk(start, child.node.start_byte()));
                values.push(self.inner(child.node));
                start = child.node.end_byte();
            }
        }
        chunks.push(self.chunk(start, end));
        (chunks, values)
    }

    fn chunk(&self, start: usize, end: usize) -> TemplateChunk {
        let source = self.source.get(start..end).unwrap_or_default();
        let text = unescape(source);
        TemplateChunk {
            verbatim: text == source,
            text: SmolStr::new(text),
            span: self.clamp(Span::from_range(start..end)),
        }
    }
}
