//! Places as editors count them, and places in a text that was edited since.

use gen_lsp_types::{Position, Range};
use snell_source::{SourceFile, Span};

/// The byte offset of an editor's position: lines from 0, columns in UTF-16 units. As the
/// protocol says, a column behind the line's end is the line's end; a line behind the last one
/// is the end of the text. A column inside of a surrogate pair is the place before it.
#[must_use]
pub(crate) fn offset(file: &SourceFile, at: Position) -> u32 {
    let Some(line) = at.line.checked_add(1).and_then(|line| file.line_span(line)) else {
        return length(&file.text);
    };
    let mut left = at.character;
    for (n, c) in line.text(&file.text).char_indices() {
        let units = u32::try_from(c.len_utf16()).unwrap_or(2);
        if left < units {
            return line.start + u32::try_from(n).unwrap_or(0);
        }
        left -= units;
    }
    line.end
}

/// The editor's position of a byte offset.
#[must_use]
pub(crate) fn position(file: &SourceFile, offset: u32) -> Position {
    let at = file.position(offset);
    Position {
        line: at.line - 1,
        character: at.column - 1,
    }
}

/// The editor's range of a span.
#[must_use]
pub(crate) fn range(file: &SourceFile, span: Span) -> Range {
    Range {
        start: position(file, span.start),
        end: position(file, span.end),
    }
}

/// Where the word around an offset begins and ends: what names are made of in all our languages.
#[must_use]
pub(crate) fn word(text: &str, offset: u32) -> Span {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let at = boundary_before(text, offset as usize);
    let before = text[..at].chars().rev().take_while(|c| is_part(*c));
    let after = text[at..].chars().take_while(|c| is_part(*c));
    let start = at - before.map(char::len_utf8).sum::<usize>();
    let end = at + after.map(char::len_utf8).sum::<usize>();
    Span::from_range(start..end)
}

/// What one edit, or several of which the outermost count, did to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shift {
    /// What both texts begin with.
    start: u32,
    /// Where what both end with begins in the old text.
    old_end: u32,
    /// Where it begins in the new one.
    new_end: u32,
}

impl Shift {
    /// From an old text to a new one.
    pub(crate) fn between(old: &str, new: &str) -> Self {
        if old == new {
            let end = length(old);
            return Shift {
                start: end,
                old_end: end,
                new_end: end,
            };
        }
        let same = |pair: &(u8, u8)| pair.0 == pair.1;
        let start = old.bytes().zip(new.bytes()).take_while(same).count();
        let start = boundary_before(old, start).min(boundary_before(new, start));
        let most = old.len().min(new.len()) - start;
        let tail = old.bytes().rev().zip(new.bytes().rev());
        let mut tail = tail.take(most).take_while(same).count();
        while !old.is_char_boundary(old.len() - tail) || !new.is_char_boundary(new.len() - tail) {
            tail -= 1;
        }
        Shift {
            start: as_u32(start),
            old_end: as_u32(old.len() - tail),
            new_end: as_u32(new.len() - tail),
        }
    }

    /// A place of the old text in the new one; none for what the edit took away.
    pub(crate) fn forward(self, offset: u32) -> Option<u32> {
        moved(offset, self.start, self.old_end, self.new_end)
    }

    /// A place of the new text in the old one; none for what the edit brought.
    pub(crate) fn back(self, offset: u32) -> Option<u32> {
        moved(offset, self.start, self.new_end, self.old_end)
    }

    /// A span of the old text in the new one.
    pub(crate) fn span(self, span: Span) -> Option<Span> {
        Some(Span::new(
            self.forward(span.start)?,
            self.forward(span.end)?,
        ))
    }
}

fn moved(offset: u32, start: u32, from: u32, to: u32) -> Option<u32> {
    if offset <= start {
        Some(offset)
    } else {
        Some(offset.checked_sub(from)? + to)
    }
}

/// The place itself, or the nearest one before it that is between two characters.
fn boundary_before(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn length(text: &str) -> u32 {
    as_u32(text.len())
}

fn as_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_utf16_units_and_lines_may_end_in_two_bytes() {
        let file = SourceFile::new("a.ts", "é🐌x\r\nb\r\n");
        assert_eq!(offset(&file, at(0, 0)), 0);
        assert_eq!(offset(&file, at(0, 1)), 2);
        assert_eq!(offset(&file, at(0, 3)), 6);
        assert_eq!(offset(&file, at(1, 1)), 10);
        assert_eq!(position(&file, 6), at(0, 3));
        assert_eq!(position(&file, 9), at(1, 0));
    }

    #[test]
    fn columns_inside_of_a_pair_or_behind_the_line_stay_in_it() {
        let file = SourceFile::new("a.ts", "é🐌x\r\nb");
        assert_eq!(offset(&file, at(0, 2)), 2);
        assert_eq!(offset(&file, at(0, 99)), 7);
        assert_eq!(offset(&file, at(1, 99)), 10);
        assert_eq!(offset(&file, at(9, 0)), 10);
        assert_eq!(offset(&file, at(u32::MAX, u32::MAX)), 10);
    }

    #[test]
    fn words_are_found_from_any_place_in_them() {
        let text = "a.größe = 1";
        for offset in [2, 5, 6, 9] {
            assert_eq!(word(text, offset).text(text), "größe", "{offset}");
        }
        assert!(word(text, 10).is_empty());
    }

    #[test]
    fn places_move_with_an_edit() {
        let shift = Shift::between("one two three", "one 2 three");
        assert_eq!(shift.forward(1), Some(1));
        assert_eq!(shift.forward(8), Some(6));
        assert_eq!(shift.back(6), Some(8));
        assert_eq!(shift.forward(5), None);
        let none = Shift::between("same", "same");
        assert_eq!(none.forward(4), Some(4));
    }

    proptest! {
        #[test]
        fn positions_and_offsets_agree(text in "[a-zé🐌\r\n]{0,40}") {
            let file = SourceFile::new("a.ts", text.as_str());
            for (n, c) in text.char_indices() {
                let inside_of_a_line_break = c == '\n' && text[..n].ends_with('\r');
                if !inside_of_a_line_break && c != '\r' {
                    let n = as_u32(n);
                    prop_assert_eq!(offset(&file, position(&file, n)), n);
                }
            }
        }

        #[test]
        fn what_moves_is_the_same_text(old in "[abé🐌]{0,12}", new in "[abé🐌]{0,12}") {
            let shift = Shift::between(&old, &new);
            for (n, c) in old.char_indices() {
                let end = n + c.len_utf8();
                let kept = as_u32(end) <= shift.start
                    || as_u32(n) > shift.start.max(shift.old_end);
                if kept {
                    let span = shift.span(Span::from_range(n..end)).expect("it is still there");
                    prop_assert_eq!(span.text(&new), &old[n..end]);
                }
            }
            for n in 0..=as_u32(new.len()) {
                if let Some(back) = shift.back(n) {
                    prop_assert!(back as usize <= old.len());
                }
            }
        }
    }
}
