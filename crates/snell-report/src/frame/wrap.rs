//! Breaking texts into lines of a frame.
//!
//! Our own rather than a package's: lines must be measured as the frame
//! measures them, and nothing may break at hyphens or slashes, since
//! `--create-only`, paths and code have to stay whole to be copied.

use crate::visible;

/// The least columns that a text is wrapped to.
const LEAST: usize = 12;

/// A text in lines of at most `room` columns, broken at spaces; only a word
/// longer than a line is broken itself. At least one line.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(LEAST);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut width = 0;
    // Several spaces in a row, as in aligned SQL, are kept inside a line.
    for word in text.split_inclusive(' ') {
        let bare = visible::width(word.trim_end_matches(' '));
        if width + bare > room && width > 0 {
            lines.push(std::mem::take(&mut line));
            width = 0;
        }
        for c in word.chars() {
            let of_char = visible::char_width(c);
            if width + of_char > room && c != ' ' {
                lines.push(std::mem::take(&mut line));
                width = 0;
            }
            line.push(c);
            width += of_char;
        }
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end_matches(' ').len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn breaks_at_spaces_and_nowhere_else() {
        assert_eq!(
            wrap("run `prisma migrate dev --create-only` by hand", 22),
            ["run `prisma migrate", "dev --create-only` by", "hand"]
        );
        assert_eq!(wrap("a  b", 22), ["a  b"]);
        assert_eq!(wrap("", 22), [""]);
    }

    #[test]
    fn a_word_too_long_is_broken_by_columns() {
        assert_eq!(wrap("漢字漢字漢字漢字", 13), ["漢字漢字漢字", "漢字"]);
        assert_eq!(
            wrap("x abcdefghijklmnop", 12),
            ["x", "abcdefghijkl", "mnop"]
        );
    }
}
