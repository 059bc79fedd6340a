//! A position in the tokens of a file, and the errors met so far.

use smol_str::SmolStr;
use snell_source::{Span, SyntaxError};

use super::ast::{Comment, CommentKind, Name};
use super::token::{Token, TokenKind, tokenize};

/// The reader's state. Positions are indexes of tokens.
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    errors: Vec<SyntaxError>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Cursor {
            text,
            tokens: tokenize(text),
            at: 0,
            errors: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Vec<Token>, Vec<SyntaxError>) {
        (self.tokens, self.errors)
    }

    pub(super) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(SyntaxError::new(span, message));
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn set_position(&mut self, at: usize) {
        self.at = at;
    }

    /// The token at `index`, white space included.
    pub(super) fn token(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).copied()
    }

    /// The kind of the next token, white space included.
    pub(super) fn kind(&self) -> Option<TokenKind> {
        self.token(self.at).map(|t| t.kind)
    }

    /// Skips white space (never line breaks) and says what comes next.
    pub(super) fn peek(&mut self) -> Option<TokenKind> {
        while self.kind() == Some(TokenKind::Whitespace) {
            self.at += 1;
        }
        self.kind()
    }

    /// The next token, white space included.
    pub(super) fn bump(&mut self) -> Option<Token> {
        let token = self.token(self.at)?;
        self.at += 1;
        Some(token)
    }

    /// Takes the next token after white space if it is of this kind.
    pub(super) fn eat(&mut self, kind: TokenKind) -> Option<Span> {
        if self.peek() == Some(kind) {
            self.bump().map(|t| t.span)
        } else {
            None
        }
    }

    /// Takes an identifier (a number without fraction is one too).
    pub(super) fn eat_name(&mut self) -> Option<Name> {
        self.peek();
        let token = self.token(self.at)?;
        let fits = match token.kind {
            TokenKind::Identifier => true,
            TokenKind::Number => self.slice(token.span).bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        };
        if !fits {
            return None;
        }
        self.at += 1;
        Some(self.name(token.span))
    }

    pub(super) fn name(&self, span: Span) -> Name {
        Name {
            text: SmolStr::new(self.slice(span)),
            span,
        }
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        span.text(self.text)
    }

    /// The empty span at the end of what was read.
    pub(super) fn here(&self) -> Span {
        Span::empty(self.offset())
    }

    /// The byte offset of the next token.
    pub(super) fn offset(&self) -> u32 {
        match self.token(self.at) {
            Some(token) => token.span.start,
            None => self.tokens.last().map_or(0, |t| t.span.end),
        }
    }

    /// The end of the last token that is neither white space nor a line break.
    pub(super) fn end_of_read(&self) -> u32 {
        self.tokens[..self.at]
            .iter()
            .rev()
            .find(|t| !matches!(t.kind, TokenKind::Whitespace | TokenKind::Newline))
            .map_or(0, |t| t.span.end)
    }

    /// Whether nothing but white space stands between the start of the line and the next token.
    pub(super) fn at_line_start(&self) -> bool {
        self.tokens[..self.at]
            .iter()
            .rev()
            .find(|t| !matches!(t.kind, TokenKind::Whitespace | TokenKind::BlockComment))
            .is_none_or(|t| matches!(t.kind, TokenKind::Newline | TokenKind::ByteOrderMark))
    }

    /// Takes everything up to the next line break; the span of it without white space around.
    pub(super) fn rest_of_line(&mut self) -> Option<Span> {
        self.peek();
        let mut span: Option<Span> = None;
        while let Some(token) = self.token(self.at) {
            match token.kind {
                TokenKind::Newline => break,
                TokenKind::Whitespace => {}
                _ => span = Some(span.map_or(token.span, |s| s.cover(token.span))),
            }
            self.at += 1;
        }
        span
    }

    /// Takes the next token after white space if it is a comment.
    pub(super) fn eat_comment(&mut self) -> Option<Comment> {
        self.peek();
        let token = self.token(self.at)?;
        let comment = comment(self.slice(token.span), token)?;
        self.at += 1;
        Some(comment)
    }

    /// The kind of the first token after `index` that is neither white space nor,
    /// if `lines`, a line break or comment.
    pub(super) fn following(&self, index: usize, lines: bool) -> Option<TokenKind> {
        self.tokens
            .get(index..)?
            .iter()
            .map(|t| t.kind)
            .find(|k| match k {
                TokenKind::Whitespace => false,
                TokenKind::Newline
                | TokenKind::LineComment
                | TokenKind::DocComment
                | TokenKind::BlockComment => !lines,
                _ => true,
            })
    }
}

fn comment(text: &str, token: Token) -> Option<Comment> {
    let (kind, inner) = match token.kind {
        TokenKind::LineComment => (CommentKind::Line, text.get(2..)?),
        TokenKind::DocComment => (CommentKind::Doc, text.get(3..)?),
        TokenKind::BlockComment => (CommentKind::Block, text.get(2..text.len() - 2)?),
        _ => return None,
    };
    Some(Comment {
        kind,
        text: SmolStr::new(inner.trim()),
        span: token.span,
    })
}
