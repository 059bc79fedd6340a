//! Texts that a program fills in before it runs them: a schema for each tenant.

use std::borrow::Cow;

/// The text with what is filled in later left out, each byte where it was: `{{schema}}.` and `${schema}.` before a
/// name are blanks, elsewhere they are a name of the same length. Quoted texts and comments stay as they are.
#[must_use]
pub fn filled(text: &str) -> Cow<'_, str> {
    if !text.contains("{{") && !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        at = match &text.as_bytes()[at..] {
            [b'\'', ..] => after(text, at + 1, "'"),
            [b'-', b'-', ..] => after(text, at + 2, "\n"),
            [b'/', b'*', ..] => after(text, at + 2, "*/"),
            [b'{', b'{', ..] => fill(&mut bytes, text, at, "{{", "}}"),
            [b'$', b'{', ..] => fill(&mut bytes, text, at, "${", "}"),
            _ => at + 1,
        };
    }
    // Only bytes of ASCII were replaced, by others of ASCII.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Where the text goes on after these characters.
fn after(text: &str, from: usize, end: &str) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let found = rest
        .windows(end.len())
        .position(|part| part == end.as_bytes());
    found.map_or(text.len(), |position| from + position + end.len())
}

/// Replaces what is filled in at a place, and gives back where the text goes on.
fn fill(bytes: &mut [u8], text: &str, at: usize, open: &str, close: &str) -> usize {
    let inside = &text.as_bytes()[at + open.len()..];
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b' ');
    let length = inside.iter().take_while(|byte| name(byte)).count();
    if length == 0 || !inside[length..].starts_with(close.as_bytes()) {
        return at + open.len();
    }
    let end = at + open.len() + length + close.len();
    let quoted = at > 0 && bytes[at - 1] == b'"' && text.as_bytes().get(end) == Some(&b'"');
    let (first, last) = match quoted {
        true => (at - 1, end + 1),
        false => (at, end),
    };
    if text.as_bytes().get(last) == Some(&b'.') {
        bytes[first..=last].fill(b' ');
        return last + 1;
    }
    for byte in &mut bytes[at..end] {
        if !byte.is_ascii_alphanumeric() {
            *byte = b'_';
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_that_are_filled_in_are_left_out() {
        let filled = |text| filled(text).into_owned();
        assert_eq!(filled("SELECT 1"), "SELECT 1");
        assert_eq!(
            filled("CREATE TABLE {{schema}}.a (b int)"),
            format!("CREATE TABLE {}a (b int)", " ".repeat(11))
        );
        assert_eq!(
            filled("INSERT INTO \"${of}\".a"),
            format!("INSERT INTO {}a", " ".repeat(8))
        );
        assert_eq!(filled("CREATE SCHEMA {{ of }};"), "CREATE SCHEMA ___of___;");
        assert_eq!(
            filled("SELECT 'Dear {{name}}.' -- {{a}}.b\n/* {{a}}.b */"),
            "SELECT 'Dear {{name}}.' -- {{a}}.b\n/* {{a}}.b */"
        );
        assert_eq!(filled("'{{"), "'{{");
        assert_eq!(filled("{{ä}}.a {{"), "{{ä}}.a {{");
    }
}
