//! What stands inside a block, line by line.

use snell_source::Span;

use super::ast::{
    Argument, Arity, Attribute, BlockKind, Comment, Comments, EnumValue, ExpressionKind, Field,
    Member, Name, Setting, TypeReference,
};
use super::block::{Pending, opens_block};
use super::cursor::Cursor;
use super::expression;
use super::token::TokenKind;

/// The members of a block up to its closing brace. Comments that the block leaves
/// over because its brace is missing go to `outer`: they belong to the next block.
pub(super) fn members(
    cursor: &mut Cursor<'_>,
    kind: BlockKind,
    name: &Name,
    outer: &mut Pending,
) -> Vec<Member> {
    let mut members = Vec::new();
    let mut pending = Pending::default();
    loop {
        match cursor.peek() {
            None => break,
            Some(TokenKind::Newline) => {
                cursor.bump();
                pending.line_break();
            }
            Some(TokenKind::CloseBrace) => {
                cursor.bump();
                let (free, rest) = pending.take();
                members.extend(free.into_iter().chain(rest).map(Member::Comment));
                return members;
            }
            Some(TokenKind::Identifier) if opens_block(cursor) => break,
            Some(_) => {
                if let Some(comment) = cursor.eat_comment() {
                    members.extend(pending.push(comment).into_iter().map(Member::Comment));
                    continue;
                }
                let (free, leading) = pending.take();
                members.extend(free.into_iter().map(Member::Comment));
                if line(cursor, kind, leading, &mut members) {
                    return members;
                }
            }
        }
    }
    cursor.error(
        name.span,
        format!("the block `{}` is not closed: `}}` is missing", name.text),
    );
    *outer = pending;
    members
}

/// Reads one line; whether it closed the block.
fn line(
    cursor: &mut Cursor<'_>,
    kind: BlockKind,
    leading: Vec<Comment>,
    members: &mut Vec<Member>,
) -> bool {
    let start = cursor.offset();
    let config = matches!(kind, BlockKind::Datasource | BlockKind::Generator);
    let member = match cursor.peek() {
        Some(TokenKind::AtAt) if !config => block_attribute(cursor).map(Member::Attribute),
        _ if config => setting(cursor).map(Member::Setting),
        _ if kind == BlockKind::Enum => enum_value(cursor).map(Member::Value),
        _ => field(cursor).map(Member::Field),
    };
    let Some(mut member) = member else {
        members.extend(leading.into_iter().map(Member::Comment));
        let span = cursor
            .rest_of_line()
            .map_or(Span::new(start, cursor.end_of_read()), |s| {
                s.cover(Span::empty(start))
            });
        let what = match kind {
            BlockKind::Enum => "a value of the enum",
            BlockKind::Datasource | BlockKind::Generator => "`key = value`",
            _ => "a field or an `@@` attribute",
        };
        cursor.error(span, format!("this line is not {what}"));
        members.push(Member::Unread(span));
        return false;
    };
    let comments = Comments {
        leading,
        trailing: cursor.eat_comment(),
    };
    match &mut member {
        Member::Field(f) => f.comments = comments,
        Member::Value(v) => v.comments = comments,
        Member::Attribute(a) => a.comments = comments,
        Member::Setting(s) => s.comments = comments,
        Member::Comment(_) | Member::Unread(_) => {}
    }
    members.push(member);
    end_of_line(cursor)
}

/// Reports what is left on the line; whether it is the brace that closes the block.
fn end_of_line(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.offset();
    match cursor.peek() {
        None | Some(TokenKind::Newline) => false,
        Some(TokenKind::CloseBrace) => {
            let span = cursor.bump().map_or(cursor.here(), |t| t.span);
            cursor.error(span, "the closing `}` stands on a line of its own");
            true
        }
        Some(_) => {
            if let Some(span) = cursor.rest_of_line() {
                let span = Span::new(start, span.end);
                cursor.error(span, format!("unexpected `{}`", cursor.slice(span).trim()));
            }
            false
        }
    }
}

/// `name Type @attribute ...`
fn field(cursor: &mut Cursor<'_>) -> Option<Field> {
    let name = cursor.eat_name()?;
    if let Some(colon) = cursor.eat(TokenKind::Colon) {
        cursor.error(colon, "a field needs no colon before its type");
    }
    let ty = field_type(cursor);
    if ty.is_none() {
        cursor.error(name.span, format!("the field `{}` has no type", name.text));
    }
    let attributes = attributes(cursor);
    let span = Span::new(name.span.start, cursor.end_of_read());
    Some(Field {
        name,
        ty,
        attributes,
        comments: Comments::default(),
        span,
    })
}

fn field_type(cursor: &mut Cursor<'_>) -> Option<TypeReference> {
    if let Some(open) = cursor.eat(TokenKind::OpenBracket) {
        let mut ty = base_type(cursor)?;
        let close = cursor.eat(TokenKind::CloseBracket);
        ty.span = open.cover(close.unwrap_or(ty.span));
        ty.arity = Arity::List;
        cursor.error(
            ty.span,
            format!("a list type is written `{}[]`", ty.name.text),
        );
        return Some(ty);
    }
    let mut ty = base_type(cursor)?;
    arity(cursor, &mut ty);
    Some(ty)
}

fn base_type(cursor: &mut Cursor<'_>) -> Option<TypeReference> {
    let name = cursor.eat_name()?;
    let plain = TypeReference {
        span: name.span,
        name,
        unsupported: false,
        arity: Arity::Required,
    };
    if cursor.kind() != Some(TokenKind::OpenParen) {
        return Some(plain);
    }
    let (arguments, parentheses) = expression::arguments(cursor);
    let text = match arguments.as_slice() {
        [
            Argument {
                name: None, value, ..
            },
        ] if plain.name.text == "Unsupported" => match &value.kind {
            ExpressionKind::String(text) => Some((text.clone(), value.span)),
            _ => None,
        },
        _ => None,
    };
    let span = plain.span.cover(parentheses);
    match text {
        Some((text, at)) => Some(TypeReference {
            name: Name { text, span: at },
            unsupported: true,
            span,
            ..plain
        }),
        None => {
            cursor.error(
                parentheses,
                "only `Unsupported(\"...\")` is a type with an argument",
            );
            Some(TypeReference { span, ..plain })
        }
    }
}

/// `?`, `[]`, and what old versions allowed there.
fn arity(cursor: &mut Cursor<'_>, ty: &mut TypeReference) {
    if let Some(mark) = cursor.eat(TokenKind::Question) {
        ty.arity = Arity::Optional;
        ty.span = ty.span.cover(mark);
        return;
    }
    if let Some(mark) = cursor.eat(TokenKind::Bang) {
        ty.span = ty.span.cover(mark);
        cursor.error(
            mark,
            "a field is required without a mark: `!` is not written",
        );
        return;
    }
    let start = cursor.position();
    let Some(open) = cursor.eat(TokenKind::OpenBracket) else {
        cursor.set_position(start);
        return;
    };
    let adjacent = cursor.kind() == Some(TokenKind::CloseBracket);
    let close = cursor.eat(TokenKind::CloseBracket);
    ty.arity = Arity::List;
    ty.span = ty.span.cover(close.unwrap_or(open));
    if !adjacent {
        cursor.error(open, "a list type ends with `[]`");
    }
    if let Some(mark) = cursor.eat(TokenKind::Question) {
        cursor.error(mark, "a list cannot be optional");
        ty.span = ty.span.cover(mark);
    }
}

fn attributes(cursor: &mut Cursor<'_>) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    loop {
        let start = cursor.position();
        match cursor
            .eat(TokenKind::At)
            .and_then(|at| attribute(cursor, at))
        {
            Some(attribute) => attributes.push(attribute),
            None => {
                cursor.set_position(start);
                return attributes;
            }
        }
    }
}

fn block_attribute(cursor: &mut Cursor<'_>) -> Option<Attribute> {
    let start = cursor.position();
    let found = cursor
        .eat(TokenKind::AtAt)
        .and_then(|at| attribute(cursor, at));
    if found.is_none() {
        cursor.set_position(start);
    }
    found
}

/// The name and the arguments after the `@` at `at`.
fn attribute(cursor: &mut Cursor<'_>, at: Span) -> Option<Attribute> {
    cursor.peek();
    let name = expression::path(cursor)?;
    let mut span = at.cover(name.span);
    let (arguments, parentheses) = if cursor.peek() == Some(TokenKind::OpenParen) {
        let (arguments, parentheses) = expression::arguments(cursor);
        span = span.cover(parentheses);
        (arguments, Some(parentheses))
    } else {
        (Vec::new(), None)
    };
    Some(Attribute {
        name,
        arguments,
        parentheses,
        comments: Comments::default(),
        span,
    })
}

fn enum_value(cursor: &mut Cursor<'_>) -> Option<EnumValue> {
    let name = cursor.eat_name()?;
    let attributes = attributes(cursor);
    let span = Span::new(name.span.start, cursor.end_of_read());
    Some(EnumValue {
        name,
        attributes,
        comments: Comments::default(),
        span,
    })
}

fn setting(cursor: &mut Cursor<'_>) -> Option<Setting> {
    let start = cursor.position();
    let key = cursor.eat_name()?;
    let Some(equals) = cursor.eat(TokenKind::Equals) else {
        cursor.set_position(start);
        return None;
    };
    let value = expression::value(cursor);
    if value.is_none() {
        cursor.error(
            key.span.cover(equals),
            format!("the setting `{}` has no value", key.text),
        );
    }
    let span = Span::new(key.span.start, cursor.end_of_read());
    Some(Setting {
        key,
        value,
        comments: Comments::default(),
        span,
    })
}
