//! What a string literal says: JSON's escapes, as Prisma reads them.

use smol_str::SmolStr;
use snell_source::Span;

use super::cursor::Cursor;

/// The value of the string literal at `span` (quotes included; the last one may be missing).
pub(super) fn unescape(cursor: &mut Cursor<'_>, span: Span) -> SmolStr {
    let literal = cursor.slice(span);
    let inner = literal.strip_prefix('"').unwrap_or(literal);
    if !inner.contains(['\\']) && !inner.contains(|c: char| c < ' ') {
        return SmolStr::new(inner.strip_suffix('"').unwrap_or(inner));
    }
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let offset = span.start + (literal.len() - rest.len()) as u32;
        let taken = match c {
            '"' => break,
            '\\' => match escape(rest) {
                Ok((c, taken)) => {
                    value.push(c);
                    taken
                }
                Err((message, taken)) => {
                    cursor.error(Span::new(offset, offset + taken as u32), message);
                    taken
                }
            },
            c => {
                if c < ' ' {
                    cursor.error(
                        Span::new(offset, offset + 1),
                        "a string holds no control characters: write them as escapes",
                    );
                }
                value.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    SmolStr::new(value)
}

/// The character that the escape at the start of `rest` means and the length of the escape.
fn escape(rest: &str) -> Result<(char, usize), (&'static str, usize)> {
    let Some(c) = rest[1..].chars().next() else {
        return Err(("an escape needs a character after the `\\`", 1));
    };
    let plain = match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_escape(rest),
        _ => {
            return Err((
                "unknown escape: a backslash itself is written `\\\\`",
                1 + c.len_utf8(),
            ));
        }
    };
    Ok((plain, 2))
}

/// `\uXXXX`, or two of them that make a surrogate pair.
fn unicode_escape(rest: &str) -> Result<(char, usize), (&'static str, usize)> {
    const INVALID: &str = "invalid unicode escape";
    let first = code_unit(rest).ok_or((INVALID, 2))?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Ok((c, 6));
    }
    let second = code_unit(&rest[6..]).ok_or((INVALID, 6))?;
    match char::decode_utf16([first, second]).next() {
        Some(Ok(c)) => Ok((c, 12)),
        _ => Err((INVALID, 12)),
    }
}

fn code_unit(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}
