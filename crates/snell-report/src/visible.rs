//! Text of others, made safe to show: nothing in it moves the cursor, forges a line or hides.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// What is shown for a character of a scanned file, name or message.
///
/// Control characters become their control pictures (U+2400 block); what
/// changes the reading order or cannot be seen at all becomes U+FFFD, as rustc
/// shows it (<https://trojansource.codes>); a byte order mark vanishes.
pub(crate) fn shown(c: char) -> Option<char> {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32),
        '\u{7f}' => Some('\u{2421}'),
        '\u{feff}' => None,
        c if is_deceptive(c) => Some(char::REPLACEMENT_CHARACTER),
        c => Some(c),
    }
}

/// C1 controls, bidirectional marks, line separators, tag characters.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// The columns that a shown character takes in a terminal.
pub(crate) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The columns that a shown text takes: the sum over its characters, since
/// terminals disagree on joined emoji.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// A text in one line, safe to show.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| shown(c) == Some(c)) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter_map(shown).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_become_pictures() {
        assert_eq!(line("a\x1b[31m\r\nb\x07\x7f"), "a␛[31m␍␊b␇␡");
    }

    #[test]
    fn what_reorders_or_hides_becomes_the_replacement_character() {
        assert_eq!(
            line("\u{feff}a\u{202e}b\u{2066}c\u{9b}d\u{2028}e"),
            "a�b�c�d�e"
        );
    }

    #[test]
    fn harmless_text_is_borrowed() {
        assert!(matches!(line("größe 漢字 👩‍💻"), Cow::Borrowed(_)));
        assert_eq!(width("漢字e\u{301}"), 5);
    }
}
