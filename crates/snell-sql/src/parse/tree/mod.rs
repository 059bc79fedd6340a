//! The only room that knows the parser crate: its tree becomes our statements.
//!
//! Everything above sees [`crate::ast`]; another parser would replace this folder alone.

mod call;
mod definition;
mod expression;
mod from;
mod names;
mod other;
mod plpgsql;
mod query;
mod routine;
mod table;

use smol_str::SmolStr;
use snell_source::{Span, SyntaxError};
use squawk_syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

use crate::ast::{Statement, StatementKind};

pub(crate) use names::identifier;

/// What one statement's text gave.
pub(super) struct Read {
    /// The statement, unless the text holds only comments.
    pub(super) statement: Option<Statement>,
    /// What the parser could not understand, with spans in the file.
    pub(super) errors: Vec<SyntaxError>,
}

/// Reads the one statement that `text` holds; `base` is where it starts in its file.
pub(super) fn read(text: &str, base: u32) -> Read {
    let parse = squawk_syntax::SourceFile::parse(text);
    let locate = |range: rowan::TextRange| span_of(range).shift(base);
    let mut errors: Vec<SyntaxError> = parse
        .errors()
        .into_iter()
        .map(|error| SyntaxError::new(locate(error.range()), error.message()))
        .collect();
    let root = parse.syntax_node();
    let mut statements = root
        .children()
        .filter(|node| node.kind() != SyntaxKind::EMPTY_STMT);
    let Some(node) = statements.next() else {
        return Read {
            statement: None,
            errors,
        };
    };
    if errors.is_empty()
        && let Some(second) = statements.next()
    {
        let start = second.text_range().start();
        errors.push(SyntaxError::new(
            locate(rowan::TextRange::empty(start)),
            "expected a semicolon before the next statement",
        ));
    }
    for (span, message) in routine::body_errors(&node) {
        errors.push(SyntaxError::new(span.shift(base), message));
    }
    let lower = Lower { locate: &locate };
    let mut statement = lower.statement(&node);
    statement.broken = !errors.is_empty();
    Read {
        statement: Some(statement),
        errors,
    }
}

fn span_of(range: rowan::TextRange) -> Span {
    Span::new(range.start().into(), range.end().into())
}

/// Turns the parser's nodes into our types; `locate` maps a node's range into the file.
#[derive(Clone, Copy)]
struct Lower<'a> {
    locate: &'a dyn Fn(rowan::TextRange) -> Span,
}

impl Lower<'_> {
    /// A node's span without the trivia and the semicolon at its ends.
    fn span(&self, node: &SyntaxNode) -> Span {
        let end = node
            .children_with_tokens()
            .filter(|part| part.kind() != SyntaxKind::SEMICOLON && !part.kind().is_trivia())
            .last()
            .map_or_else(|| node.text_range().end(), |part| part.text_range().end());
        (self.locate)(rowan::TextRange::new(node.text_range().start(), end))
    }

    fn token_span(&self, token: &SyntaxToken) -> Span {
        (self.locate)(token.text_range())
    }

    fn statement(&self, node: &SyntaxNode) -> Statement {
        Statement {
            span: self.span(node),
            broken: false,
            named: Vec::new(),
            kind: self.statement_kind(node),
        }
    }

    fn statement_kind(&self, node: &SyntaxNode) -> StatementKind {
        self.definition(node)
            .or_else(|| self.routine_statement(node))
            .or_else(|| self.rows_statement(node))
            .or_else(|| self.other_statement(node))
            .unwrap_or_else(|| StatementKind::Other(leading_words(node)))
    }
}

/// The keywords that a statement starts with, in upper case: what it is called in a message.
fn leading_words(node: &SyntaxNode) -> SmolStr {
    let mut words = String::new();
    for token in node
        .descendants_with_tokens()
        .filter_map(rowan::NodeOrToken::into_token)
    {
        if token.kind().is_trivia() {
            continue;
        }
        if !token.kind().is_keyword() || words.len() > 40 {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&token.text().to_ascii_uppercase());
    }
    words.into()
}

/// The first child of `kind`.
fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

/// The children of `kind`.
fn children(node: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = SyntaxNode> {
    node.children().filter(move |child| child.kind() == kind)
}

/// Whether a token of `kind` is an immediate child.
fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    token(node, kind).is_some()
}

/// The first immediate token of `kind`.
fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    node.children_with_tokens()
        .filter_map(rowan::NodeOrToken::into_token)
        .find(|token| token.kind() == kind)
}

/// Whether a child node of `kind` exists.
fn has(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    child(node, kind).is_some()
}

/// The tokens directly under a node, without trivia.
fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    node.children_with_tokens()
        .filter_map(rowan::NodeOrToken::into_token)
        .filter(|token| !token.kind().is_trivia())
}
