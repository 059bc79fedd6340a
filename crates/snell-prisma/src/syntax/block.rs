//! The top level of a file: blocks, comments, and lines that are neither.

use snell_source::Span;

use super::ast::{Block, BlockKind, Comment, Comments, Item, Member, Name};
use super::cursor::Cursor;
use super::member;
use super::token::TokenKind;

/// The keywords that open a block, up to Prisma 7.
const KEYWORDS: [(&str, BlockKind); 6] = [
    ("model", BlockKind::Model),
    ("type", BlockKind::CompositeType),
    ("view", BlockKind::View),
    ("enum", BlockKind::Enum),
    ("datasource", BlockKind::Datasource),
    ("generator", BlockKind::Generator),
];

/// A keyword of Prisma 8 that starts with one of Prisma 7.
const TYPES_KEYWORD: &str = "types";

/// Comments that wait for the item below them.
#[derive(Default)]
pub(super) struct Pending {
    comments: Vec<Comment>,
    line_breaks: u32,
}

impl Pending {
    pub(super) fn line_break(&mut self) {
        self.line_breaks += 1;
    }

    /// Adds a comment; gives back those above an empty line, which belong to nothing.
    pub(super) fn push(&mut self, comment: Comment) -> Vec<Comment> {
        let free = if self.line_breaks > 1 {
            std::mem::take(&mut self.comments)
        } else {
            Vec::new()
        };
        self.comments.push(comment);
        self.line_breaks = 0;
        free
    }

    /// The free comments and those that belong to the item that starts here.
    pub(super) fn take(&mut self) -> (Vec<Comment>, Vec<Comment>) {
        let comments = std::mem::take(&mut self.comments);
        let separated = self.line_breaks > 1;
        self.line_breaks = 0;
        if separated {
            (comments, Vec::new())
        } else {
            (Vec::new(), comments)
        }
    }
}

/// All items of the file.
pub(super) fn file(cursor: &mut Cursor<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut pending = Pending::default();
    if let Some(mark) = cursor.eat(TokenKind::ByteOrderMark) {
        cursor.error(
            mark,
            "Prisma does not read a byte order mark: save the file without it",
        );
    }
    while let Some(kind) = cursor.peek() {
        if kind == TokenKind::Newline {
            cursor.bump();
            pending.line_break();
        } else if let Some(comment) = cursor.eat_comment() {
            items.extend(pending.push(comment).into_iter().map(Item::Comment));
        } else {
            let (free, leading) = pending.take();
            items.extend(free.into_iter().map(Item::Comment));
            item(cursor, leading, &mut items, &mut pending);
        }
    }
    items.extend(pending.take().1.into_iter().map(Item::Comment));
    items
}

/// A block, or a line that opens none.
fn item(
    cursor: &mut Cursor<'_>,
    leading: Vec<Comment>,
    items: &mut Vec<Item>,
    pending: &mut Pending,
) {
    let Some(header) = header(cursor) else {
        items.extend(leading.into_iter().map(Item::Comment));
        if let Some(span) = cursor.rest_of_line() {
            cursor.error(
                span,
                "expected a block: `model`, `view`, `enum`, `type`, `datasource` or `generator`, a name and `{`",
            );
            items.push(Item::Unread(span));
        }
        return;
    };
    let mut comments = Comments {
        leading,
        trailing: None,
    };
    let body = open(cursor, &header, &mut comments);
    let members = match (body, header.kind) {
        (Body::OneLine(rest), _) => vec![Member::Unread(rest)],
        (Body::Open, BlockKind::Unknown) => {
            skip_unknown(cursor);
            Vec::new()
        }
        (Body::Open, kind) => member::members(cursor, kind, &header.name, pending),
    };
    items.push(Item::Block(Block {
        kind: header.kind,
        span: Span::new(
            header.keyword.span.start,
            cursor.end_of_read().max(header.keyword.span.end),
        ),
        keyword: header.keyword,
        name: header.name,
        comments,
        members,
    }));
}

struct Header {
    kind: BlockKind,
    keyword: Name,
    name: Name,
    brace: bool,
}

/// Reads `keyword Name {`; nothing is taken when there is no such thing.
fn header(cursor: &mut Cursor<'_>) -> Option<Header> {
    let start = cursor.position();
    let found = keyword_and_name(cursor);
    if found.is_none() {
        cursor.set_position(start);
    }
    found
}

fn keyword_and_name(cursor: &mut Cursor<'_>) -> Option<Header> {
    let keyword = cursor.eat_name()?;
    let known = KEYWORDS.iter().find(|(text, _)| keyword.text == *text);
    let name = cursor.eat_name();
    let brace = cursor.eat(TokenKind::OpenBrace).is_some();
    match (known, name) {
        (Some((_, kind)), Some(name))
            if brace || cursor.following(cursor.position(), false) == Some(TokenKind::Newline) =>
        {
            Some(Header {
                kind: *kind,
                keyword,
                name,
                brace,
            })
        }
        (None, None) if brace => {
            Some(fused(cursor, &keyword).unwrap_or_else(|| unknown(keyword, None)))
        }
        (_, name) if brace => Some(unknown(keyword, name)),
        _ => None,
    }
}

/// `modelUser {`: Prisma needs no white space between the keyword and the name.
fn fused(cursor: &Cursor<'_>, word: &Name) -> Option<Header> {
    let (text, kind) = KEYWORDS.iter().find(|(text, _)| {
        word.text != TYPES_KEYWORD
            && word
                .text
                .strip_prefix(text)
                .is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    })?;
    let middle = word.span.start + text.len() as u32;
    Some(Header {
        kind: *kind,
        keyword: cursor.name(Span::new(word.span.start, middle)),
        name: cursor.name(Span::new(middle, word.span.end)),
        brace: true,
    })
}

fn unknown(keyword: Name, name: Option<Name>) -> Header {
    let name = name.unwrap_or(Name {
        text: "".into(),
        span: Span::empty(keyword.span.end),
    });
    Header {
        kind: BlockKind::Unknown,
        keyword,
        name,
        brace: true,
    }
}

/// Whether a block of a known kind opens at the start of this line.
pub(super) fn opens_block(cursor: &mut Cursor<'_>) -> bool {
    if !cursor.at_line_start() {
        return false;
    }
    let start = cursor.position();
    let found = keyword_and_name(cursor).is_some_and(|h| {
        h.kind != BlockKind::Unknown && h.brace && h.keyword.span.end < h.name.span.start
    });
    cursor.set_position(start);
    found
}

enum Body {
    Open,
    /// The block opens and closes on its header's line: what stands there is not read.
    OneLine(Span),
}

/// Reads the rest of the header's line. Prisma ignores what stands there after the brace.
fn open(cursor: &mut Cursor<'_>, header: &Header, comments: &mut Comments) -> Body {
    if header.kind == BlockKind::Unknown {
        let message = if header.name.text.is_empty()
            && KEYWORDS.iter().any(|(k, _)| header.keyword.text == *k)
        {
            format!("this `{}` has no name", header.keyword.text)
        } else {
            format!(
                "`{}` is no kind of block that Prisma up to version 7 knows",
                header.keyword.text
            )
        };
        cursor.error(header.keyword.span, message);
        return Body::Open;
    }
    if !header.brace {
        cursor.error(
            header.name.span,
            format!("`{{` is missing after `{}`", header.name.text),
        );
        if cursor.following(cursor.position(), true) == Some(TokenKind::OpenBrace) {
            while cursor.kind().is_some_and(|k| k != TokenKind::OpenBrace) {
                cursor.bump();
            }
            cursor.bump();
        }
    }
    comments.trailing = cursor.eat_comment();
    if comments.trailing.is_some() {
        return Body::Open;
    }
    let Some(rest) = cursor.rest_of_line() else {
        return Body::Open;
    };
    let closes = cursor.slice(rest).ends_with('}');
    if closes && nothing_follows(cursor) {
        cursor.error(
            rest,
            "what a block holds, and its `}`, start on lines of their own",
        );
        return Body::OneLine(rest);
    }
    Body::Open
}

/// Whether only comments stand between here and the next block or the end.
fn nothing_follows(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.position();
    while cursor.peek() == Some(TokenKind::Newline) || cursor.eat_comment().is_some() {
        if cursor.kind() == Some(TokenKind::Newline) {
            cursor.bump();
        }
    }
    let nothing = cursor.kind().is_none() || opens_block(cursor);
    cursor.set_position(start);
    nothing
}

/// Skips the body of an unknown block: to its closing brace, or to the next known block.
fn skip_unknown(cursor: &mut Cursor<'_>) {
    let mut depth = 1usize;
    loop {
        match cursor.peek() {
            None => return,
            Some(TokenKind::OpenBrace) => depth += 1,
            Some(TokenKind::CloseBrace) => {
                depth -= 1;
                if depth == 0 {
                    cursor.bump();
                    return;
                }
            }
            Some(TokenKind::Identifier) if opens_block(cursor) => return,
            Some(_) => {}
        }
        cursor.bump();
    }
}
