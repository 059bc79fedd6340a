//! Tokens: every byte of a schema file belongs to exactly one.
//!
//! What counts as white space, a line break, an identifier or a comment is what
//! Prisma's own grammar says (`datamodel.pest` of prisma-engines).

use serde::{Deserialize, Serialize};
use snell_source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenKind {
    /// U+FEFF at the start of the file.
    ByteOrderMark,
    /// Tabs and Unicode space separators.
    Whitespace,
    /// `\n`, `\r\n` or `\r`.
    Newline,
    /// `// ...`, without its line break.
    LineComment,
    /// `/// ...`, without its line break.
    DocComment,
    /// `/* ... */`.
    BlockComment,
    /// Letters, digits, `_` and `-`; may start with a digit.
    Identifier,
    /// `12`, `-3`, `4.5`.
    Number,
    /// A closed string, quotes included.
    String,
    /// A string that its line does not close.
    UnclosedString,
    /// `@`
    At,
    /// `@@`
    AtAt,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `.`
    Dot,
    /// `=`
    Equals,
    /// `?`
    Question,
    /// `!`
    Bang,
    /// Any other character.
    Other,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes.
    pub span: Span,
}

/// Cuts a text into tokens. Their spans tile the text without gap or overlap.
#[must_use]
pub fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    while at < text.len() {
        let (kind, len) = token_at(&text[at..], at == 0);
        tokens.push(Token {
            kind,
            span: Span::from_range(at..at + len),
        });
        at += len;
    }
    tokens
}

/// The kind and length in bytes of the token that starts `rest`, which is not empty.
fn token_at(rest: &str, first: bool) -> (TokenKind, usize) {
    let Some(c) = rest.chars().next() else {
        return (TokenKind::Other, 0);
    };
    match c {
        '\u{feff}' if first => (TokenKind::ByteOrderMark, c.len_utf8()),
        '\n' => (TokenKind::Newline, 1),
        '\r' => (
            TokenKind::Newline,
            1 + usize::from(rest[1..].starts_with('\n')),
        ),
        c if is_space(c) => (TokenKind::Whitespace, run(rest, is_space)),
        '/' => comment_at(rest),
        '"' => string_at(rest),
        '-' => match run(&rest[1..], |c| c.is_ascii_digit()) {
            0 => (TokenKind::Other, 1),
            digits => (TokenKind::Number, number_len(rest, 1 + digits)),
        },
        c if is_name_start(c) => name_or_number(rest),
        '@' if rest[1..].starts_with('@') => (TokenKind::AtAt, 2),
        c => (punctuation(c), c.len_utf8()),
    }
}

fn punctuation(c: char) -> TokenKind {
    match c {
        '@' => TokenKind::At,
        '(' => TokenKind::OpenParen,
        ')' => TokenKind::CloseParen,
        '[' => TokenKind::OpenBracket,
        ']' => TokenKind::CloseBracket,
        '{' => TokenKind::OpenBrace,
        '}' => TokenKind::CloseBrace,
        ',' => TokenKind::Comma,
        ':' => TokenKind::Colon,
        '.' => TokenKind::Dot,
        '=' => TokenKind::Equals,
        '?' => TokenKind::Question,
        '!' => TokenKind::Bang,
        _ => TokenKind::Other,
    }
}

/// Tab or a character of Unicode's category Zs.
fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// A letter of any script or an ASCII digit.
fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit()
}

fn is_name_part(c: char) -> bool {
    is_name_start(c) || c == '_' || c == '-'
}

/// Length in bytes of the longest prefix whose characters satisfy `keep`.
fn run(text: &str, keep: impl Fn(char) -> bool) -> usize {
    text.find(|c| !keep(c)).unwrap_or(text.len())
}

/// Length of the text up to its first line break.
fn line_len(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

fn comment_at(rest: &str) -> (TokenKind, usize) {
    if rest.starts_with("///") {
        (TokenKind::DocComment, line_len(rest))
    } else if rest.starts_with("//") {
        (TokenKind::LineComment, line_len(rest))
    } else if let Some(end) = rest.strip_prefix("/*").and_then(|inner| inner.find("*/")) {
        (TokenKind::BlockComment, end + 4)
    } else {
        (TokenKind::Other, 1)
    }
}

/// A string ends at its quote; one that is still open at the end of its line ends there.
fn string_at(rest: &str) -> (TokenKind, usize) {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return (TokenKind::UnclosedString, at),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (TokenKind::String, at + 1),
            _ => {}
        }
    }
    (TokenKind::UnclosedString, rest.len())
}

fn name_or_number(rest: &str) -> (TokenKind, usize) {
    let len = run(rest, is_name_part);
    if rest[..len].bytes().all(|b| b.is_ascii_digit()) {
        (TokenKind::Number, number_len(rest, len))
    } else {
        (TokenKind::Identifier, len)
    }
}

/// Length of a number whose whole part has length `whole`.
fn number_len(rest: &str, whole: usize) -> usize {
    let fraction = rest[whole..]
        .strip_prefix('.')
        .map_or(0, |tail| run(tail, |c| c.is_ascii_digit()));
    if fraction == 0 {
        whole
    } else {
        whole + 1 + fraction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokenize(text).into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn names_may_hold_digits_and_hyphens_first_or_later() {
        assert_eq!(kinds("linux-arm64"), [TokenKind::Identifier]);
        assert_eq!(kinds("2fa"), [TokenKind::Identifier]);
        assert_eq!(kinds("12"), [TokenKind::Number]);
        assert_eq!(kinds("-1.50"), [TokenKind::Number]);
    }

    #[test]
    fn an_open_string_ends_with_its_line() {
        assert_eq!(
            kinds("\"a\\\n\"b\""),
            [
                TokenKind::UnclosedString,
                TokenKind::Newline,
                TokenKind::String
            ]
        );
    }

    #[test]
    fn an_open_block_comment_hides_nothing() {
        assert_eq!(
            kinds("/*a"),
            [TokenKind::Other, TokenKind::Other, TokenKind::Identifier]
        );
        assert_eq!(kinds("/*\n*/"), [TokenKind::BlockComment]);
    }

    #[test]
    fn a_byte_order_mark_is_one_only_at_the_start() {
        assert_eq!(
            kinds("\u{feff}\u{feff}"),
            [TokenKind::ByteOrderMark, TokenKind::Other]
        );
    }
}
