//! Breaking texts into lines of a frame.

use textwrap::{Options, WordSeparator, WordSplitter};

/// The least columns that a text is wrapped to.
const LEAST: usize = 12;

/// A text in lines of at most `room` columns, broken at spaces; only a word
/// longer than a line is broken itself. At least one line.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    // No hyphens and no Unicode line breaks: `--create-only`, paths and code
    // must stay whole so that they can be copied.
    let options = Options::new(room.max(LEAST))
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options)
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}
