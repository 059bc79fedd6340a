//! Escape sequences of string literals and templates.

use std::borrow::Cow;

/// The value of the text between the quotes of a string or template: escapes
/// resolved, line breaks of templates as `\n`. Lone surrogates become U+FFFD,
/// malformed escapes stand for their letters.
///
/// ECMAScript, sections 12.9.4 (string literals) and 12.9.6 (templates).
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    let plain = memchr::memchr2(b'\\', b'\r', text.as_bytes()).unwrap_or(text.len());
    if plain == text.len() {
        return Cow::Borrowed(text);
    }
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\\', b'\r', rest.as_bytes()) {
        value.push_str(&rest[..at]);
        let special = &rest[at..];
        rest = if let Some(escape) = special.strip_prefix('\\') {
            resolve(escape, &mut value)
        } else {
            value.push('\n');
            special[1..].strip_prefix('\n').unwrap_or(&special[1..])
        };
    }
    value.push_str(rest);
    Cow::Owned(value)
}

/// Resolves one escape, whose backslash is already taken; returns what follows it.
fn resolve<'t>(escape: &'t str, value: &mut String) -> &'t str {
    let mut chars = escape.chars();
    let Some(first) = chars.next() else {
        return escape;
    };
    let rest = chars.as_str();
    match first {
        'n' => value.push('\n'),
        't' => value.push('\t'),
        'r' => value.push('\r'),
        'b' => value.push('\u{8}'),
        'f' => value.push('\u{c}'),
        'v' => value.push('\u{b}'),
        '0' if !rest.starts_with(|c: char| c.is_ascii_digit()) => value.push('\0'),
        '\n' | '\u{2028}' | '\u{2029}' => {}
        '\r' => return rest.strip_prefix('\n').unwrap_or(rest),
        'x' => {
            if let Some((code, rest)) = hexadecimal(rest, 2) {
                value.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                return rest;
            }
            value.push('x');
        }
        'u' => return unicode(rest, value),
        other => value.push(other),
    }
    rest
}

/// `\uXXXX`, `\u{X...}`, or a pair of surrogates.
fn unicode<'t>(text: &'t str, value: &mut String) -> &'t str {
    if let Some(braced) = text.strip_prefix('{')
        && let Some((digits, rest)) = braced.split_once('}')
        && let Ok(code) = u32::from_str_radix(digits, 16)
    {
        value.push(char::from_u32(code).unwrap_or('\u{fffd}'));
        return rest;
    }
    let Some((code, rest)) = hexadecimal(text, 4) else {
        value.push('u');
        return text;
    };
    if (0xd800..0xdc00).contains(&code)
        && let Some(low) = rest.strip_prefix("\\u")
        && let Some((low, after)) = hexadecimal(low, 4)
        && (0xdc00..0xe000).contains(&low)
    {
        let whole = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        value.push(char::from_u32(whole).unwrap_or('\u{fffd}'));
        return after;
    }
    value.push(char::from_u32(code).unwrap_or('\u{fffd}'));
    rest
}

fn hexadecimal(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (head, rest) = text.split_at_checked(digits)?;
    if !head.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(head, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescape("plain"), "plain");
        assert_eq!(unescape(r"a\n\t\\\'\0"), "a\n\t\\'\0");
        assert_eq!(unescape(r"\x41\u0042\u{1F40C}"), "AB🐌");
        assert_eq!(unescape(r"\ud83d\udc0c"), "🐌");
        assert_eq!(unescape(r"\d"), "d");
    }

    #[test]
    fn line_continuations_vanish_and_breaks_are_normalised() {
        assert_eq!(unescape("a\\\nb\\\r\nc"), "abc");
        assert_eq!(unescape("a\r\nb\rc"), "a\nb\nc");
    }

    #[test]
    fn broken_escapes_stand_for_their_letters() {
        assert_eq!(unescape(r"\xZZ\u12\"), "xZZu12");
        assert_eq!(unescape(r"\ud83d!"), "\u{fffd}!");
        assert_eq!(unescape("\\u{é}"), "u{é}");
    }
}
