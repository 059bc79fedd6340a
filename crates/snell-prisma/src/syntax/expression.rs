//! Values and argument lists.

use snell_source::Span;

use super::ast::{Argument, Expression, ExpressionKind, Name};
use super::cursor::Cursor;
use super::string::unescape;
use super::token::TokenKind;

/// Brackets inside brackets up to this depth are read. Prisma gives no meaning to more than a few.
const MAX_DEPTH: usize = 64;

/// An argument list that is broken over more lines than this is taken as unclosed.
const MAX_LINES: usize = 256;

/// What surrounds a value: where it has to end and how deep it is.
#[derive(Clone, Copy)]
struct Context {
    /// Index of the first token that does not belong to the outermost brackets.
    end: usize,
    depth: usize,
    /// Inside a setting, where Prisma looks over a trailing comma and an argument without a value.
    setting: bool,
}

/// `( argument, ... )` at the cursor, which stands at the parenthesis. The span is that of both parentheses.
pub(super) fn arguments(cursor: &mut Cursor<'_>) -> (Vec<Argument>, Span) {
    let end = end_of_brackets(cursor);
    bracketed(
        cursor,
        Context {
            end,
            depth: 0,
            setting: false,
        },
        TokenKind::CloseParen,
        argument,
    )
}

/// A value on one line, or in brackets that may go over lines.
pub(super) fn value(cursor: &mut Cursor<'_>) -> Option<Expression> {
    cursor.peek();
    let end = match cursor.kind() {
        Some(TokenKind::OpenBracket | TokenKind::OpenBrace | TokenKind::OpenParen) => {
            end_of_brackets(cursor)
        }
        _ => match bracket_after_path(cursor) {
            Some(open) => {
                let start = cursor.position();
                cursor.set_position(open);
                let end = end_of_brackets(cursor);
                cursor.set_position(start);
                end
            }
            None => end_of_line(cursor, cursor.position()),
        },
    };
    expression(
        cursor,
        Context {
            end,
            depth: 0,
            setting: true,
        },
    )
}

/// The index of the parenthesis of a function call that starts at the cursor.
fn bracket_after_path(cursor: &Cursor<'_>) -> Option<usize> {
    let mut at = cursor.position();
    while let Some(token) = cursor.token(at) {
        match token.kind {
            TokenKind::Identifier | TokenKind::Number | TokenKind::Dot | TokenKind::Whitespace => {
                at += 1
            }
            TokenKind::OpenParen => return Some(at),
            _ => return None,
        }
    }
    None
}

/// The index after the bracket that closes the one at the cursor. When none does before the next
/// line that is clearly another declaration, the end of this line; a list over several lines is reported.
fn end_of_brackets(cursor: &mut Cursor<'_>) -> usize {
    let start = cursor.position();
    let (mut depth, mut lines, mut at) = (0usize, 0usize, start);
    let mut broken = None;
    while let Some(token) = cursor.token(at) {
        at += 1;
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                depth -= 1;
                if depth == 0 {
                    if let Some(span) = broken {
                        cursor.error(span, "Prisma reads an attribute or value on one line only");
                    }
                    return at;
                }
            }
            TokenKind::Newline => {
                broken.get_or_insert(token.span);
                lines += 1;
                if lines > MAX_LINES || starts_declaration(cursor, at) {
                    break;
                }
            }
            _ => {}
        }
    }
    end_of_line(cursor, start)
}

/// Whether the line at `at` cannot be the continuation of an argument list:
/// `}`, `@@...`, `name Type`, `name {`, `key = `.
fn starts_declaration(cursor: &Cursor<'_>, mut at: usize) -> bool {
    let mut named = false;
    while let Some(token) = cursor.token(at) {
        at += 1;
        match token.kind {
            TokenKind::Whitespace => {}
            TokenKind::Identifier if !named => named = true,
            TokenKind::Identifier | TokenKind::OpenBrace | TokenKind::Equals => return named,
            TokenKind::At => return named,
            TokenKind::CloseBrace | TokenKind::AtAt => return !named,
            _ => return false,
        }
    }
    false
}

fn end_of_line(cursor: &Cursor<'_>, mut at: usize) -> usize {
    while cursor
        .token(at)
        .is_some_and(|t| t.kind != TokenKind::Newline)
    {
        at += 1;
    }
    at
}

/// The kind of the next token inside the brackets; comments in them are reported.
fn peek(cursor: &mut Cursor<'_>, context: Context) -> Option<TokenKind> {
    loop {
        if cursor.position() >= context.end {
            return None;
        }
        match cursor.kind()? {
            TokenKind::Whitespace | TokenKind::Newline => {
                cursor.bump();
            }
            TokenKind::LineComment | TokenKind::DocComment | TokenKind::BlockComment => {
                if let Some(token) = cursor.bump() {
                    cursor.error(token.span, "Prisma reads no comments inside brackets");
                }
            }
            kind => return Some(kind),
        }
    }
}

fn eat(cursor: &mut Cursor<'_>, context: Context, kind: TokenKind) -> Option<Span> {
    if peek(cursor, context) == Some(kind) {
        cursor.bump().map(|t| t.span)
    } else {
        None
    }
}

/// Elements between the bracket at the cursor and `close`, separated by commas.
fn bracketed<T>(
    cursor: &mut Cursor<'_>,
    context: Context,
    close: TokenKind,
    element: impl Fn(&mut Cursor<'_>, Context) -> Option<T>,
) -> (Vec<T>, Span) {
    let inner = Context {
        depth: context.depth + 1,
        ..context
    };
    let open = cursor.bump().map_or(cursor.here(), |t| t.span);
    let mut elements = Vec::new();
    let mut after_comma = None;
    let tolerated = inner.setting && close == TokenKind::CloseParen;
    if inner.depth > MAX_DEPTH {
        cursor.error(open, "brackets are nested too deeply");
        cursor.set_position(context.end);
        return (elements, open);
    }
    loop {
        if let Some(end) = eat(cursor, inner, close) {
            if let Some(comma) = after_comma.filter(|_| !tolerated) {
                cursor.error(comma, "Prisma reads no trailing commas");
            }
            return (elements, open.cover(end));
        }
        let before = cursor.position();
        if let Some(found) = element(cursor, inner) {
            elements.push(found);
        }
        after_comma = eat(cursor, inner, TokenKind::Comma);
        if after_comma.is_some() {
            if cursor.position() == before + 1 && !tolerated {
                cursor.error(cursor.here(), "a value is missing before this comma");
            }
            continue;
        }
        match peek(cursor, inner) {
            Some(kind) if kind == close => {}
            Some(_) => skip_stray(cursor, inner, close),
            None => {
                let end = cursor.end_of_read();
                cursor.error(
                    Span::new(open.start, end),
                    format!("`{}` is not closed", cursor.slice(open)),
                );
                return (elements, Span::new(open.start, end));
            }
        }
    }
}

/// Reports what does not belong between two elements and skips to the next comma or the closing bracket.
fn skip_stray(cursor: &mut Cursor<'_>, context: Context, close: TokenKind) {
    let start = cursor.offset();
    let mut depth = 0usize;
    while let Some(kind) = peek(cursor, context) {
        match kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            k if depth == 0 && (k == close || k == TokenKind::Comma) => break,
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        cursor.bump();
    }
    let span = Span::new(start, cursor.end_of_read());
    cursor.error(
        span,
        format!(
            "expected a comma or a closing bracket before `{}`",
            cursor.slice(span)
        ),
    );
    eat(cursor, context, TokenKind::Comma);
}

/// `value` or `name: value`.
fn argument(cursor: &mut Cursor<'_>, context: Context) -> Option<Argument> {
    peek(cursor, context)?;
    let start = cursor.position();
    if let Some(name) = cursor.eat_name() {
        if let Some(colon) = eat(cursor, context, TokenKind::Colon) {
            let value = expression(cursor, context).unwrap_or_else(|| {
                if !context.setting {
                    cursor.error(
                        name.span.cover(colon),
                        format!("the argument `{}` has no value", name.text),
                    );
                }
                Expression {
                    kind: ExpressionKind::Missing,
                    span: Span::empty(colon.end),
                }
            });
            let span = name.span.cover(colon).cover(value.span);
            return Some(Argument {
                name: Some(name),
                value,
                span,
            });
        }
        cursor.set_position(start);
    }
    let value = expression(cursor, context)?;
    let span = value.span;
    Some(Argument {
        name: None,
        value,
        span,
    })
}

fn expression(cursor: &mut Cursor<'_>, context: Context) -> Option<Expression> {
    let kind = peek(cursor, context)?;
    match kind {
        TokenKind::String | TokenKind::UnclosedString => {
            let span = cursor.bump()?.span;
            if kind == TokenKind::UnclosedString {
                cursor.error(span, "the string is not closed");
            }
            let text = unescape(cursor, span);
            Some(Expression {
                kind: ExpressionKind::String(text),
                span,
            })
        }
        TokenKind::OpenBracket => {
            let (elements, span) = bracketed(cursor, context, TokenKind::CloseBracket, expression);
            Some(Expression {
                kind: ExpressionKind::List(elements),
                span,
            })
        }
        TokenKind::OpenBrace => {
            let (entries, span) = bracketed(cursor, context, TokenKind::CloseBrace, argument);
            Some(Expression {
                kind: ExpressionKind::Object(entries),
                span,
            })
        }
        TokenKind::Number | TokenKind::Identifier => path_or_call(cursor, context),
        _ => None,
    }
}

/// A number, a path, or a call of the function at a path.
fn path_or_call(cursor: &mut Cursor<'_>, context: Context) -> Option<Expression> {
    let Some(path) = path(cursor) else {
        let span = cursor.bump()?.span;
        let kind = ExpressionKind::Number(cursor.name(span).text);
        return Some(Expression { kind, span });
    };
    if peek(cursor, context) == Some(TokenKind::OpenParen) {
        let (arguments, parentheses) = bracketed(cursor, context, TokenKind::CloseParen, argument);
        let span = path.span.cover(parentheses);
        let kind = ExpressionKind::Function {
            name: path,
            arguments,
        };
        return Some(Expression { kind, span });
    }
    if path.text.starts_with(|c: char| c.is_ascii_digit()) {
        if path.text.bytes().all(|b| b.is_ascii_digit()) {
            let span = path.span;
            let kind = ExpressionKind::Number(path.text);
            return Some(Expression { kind, span });
        }
        cursor.error(path.span, "a name in a value does not start with a digit");
    }
    let span = path.span;
    let kind = ExpressionKind::Constant(path.text);
    Some(Expression { kind, span })
}

/// Identifiers joined by dots, without white space. A dot at the end belongs to the path.
pub(super) fn path(cursor: &mut Cursor<'_>) -> Option<Name> {
    let first = cursor.eat_name()?;
    let mut span = first.span;
    while cursor.kind() == Some(TokenKind::Dot) {
        if let Some(dot) = cursor.bump() {
            span = span.cover(dot.span);
        }
        if matches!(
            cursor.kind(),
            Some(TokenKind::Identifier | TokenKind::Number)
        ) && let Some(part) = cursor.eat_name()
        {
            span = span.cover(part.span);
        }
    }
    Some(cursor.name(span))
}
