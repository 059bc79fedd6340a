//! Texts for miette: the files of a run, and single lines out of any source code.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use snell_source::{LineColumn, SourceFile, Span};

/// How much of a line is looked at on both sides of a label, in bytes: more
/// than the widest frame can show, less than a minified bundle.
const MARGIN: usize = 2048;

/// A file of the run as miette's [`SourceCode`]. Spans out of bounds, or inside
/// a character, are moved to the nearest place before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileSource<'a>(pub(crate) &'a SourceFile);

impl FileSource<'_> {
    /// The span, moved into the text and to the borders of characters.
    fn fit(&self, span: &SourceSpan) -> Span {
        let text = &self.0.text;
        let floor = |at: usize| text.floor_char_boundary(at.min(text.len()));
        let start = floor(span.offset());
        let end = floor(span.offset().saturating_add(span.len()));
        Span::from_range(start..end.max(start))
    }

    /// `to`, but not so far from `from` that a minified file would be read whole.
    fn clip(&self, to: usize, from: usize) -> usize {
        let near = to.clamp(from.saturating_sub(2 * MARGIN), from + 2 * MARGIN);
        self.0.text.floor_char_boundary(near)
    }

    /// The first byte of a 1-based line, or the end of the text.
    fn line_start(&self, line: u32) -> usize {
        self.0
            .line_span(line)
            .map_or(self.0.text.len(), |span| span.start as usize)
    }
}

impl SourceCode for FileSource<'_> {
    /// The span with whole lines around it, or as much of them as [`MARGIN`] is
    /// about; without context lines, the span itself, so that its line and
    /// column (in UTF-16 units) are told.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let span = self.fit(span);
        let mut range = span.start as usize..span.end as usize;
        if before + after > 0 {
            let lines = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let first = self.0.position(span.start).line;
            let last = self.0.position(span.end).line;
            let from = self.line_start(first.saturating_sub(lines(before)).max(1));
            let to = self.line_start(last.saturating_add(lines(after)).saturating_add(1));
            range = self.clip(from, range.start)..self.clip(to, range.end);
        }
        let LineColumn { line, column } = self
            .0
            .position(u32::try_from(range.start).unwrap_or(u32::MAX));
        let data = &self.0.text.as_bytes()[range.clone()];
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.path.as_str().to_owned(),
            data,
            range.into(),
            line as usize - 1,
            column as usize - 1,
            line_breaks(data),
        )))
    }
}

fn line_breaks(data: &[u8]) -> usize {
    data.iter().filter(|&&byte| byte == b'\n').count()
}

/// One line of a source, or the part of a very long one that lies around a label.
#[derive(Debug, Clone)]
pub(super) struct Fragment {
    /// The 1-based number of the line.
    pub(super) number: usize,
    /// Where `text` starts in the source, in bytes.
    pub(super) start: usize,
    /// The line, its line break left out.
    pub(super) text: String,
    /// Whether the line begins before `text`.
    pub(super) cut_left: bool,
    /// Whether the line goes on after `text`.
    pub(super) cut_right: bool,
    /// Where the next line starts, if there is one.
    pub(super) next: Option<usize>,
}

impl Fragment {
    /// The line around the bytes `[offset, offset + len)`; `None` when the source refuses.
    pub(super) fn read(source: &dyn SourceCode, offset: usize, len: usize) -> Option<Fragment> {
        let contents = source
            .read_span(&SourceSpan::from((offset, len)), 1, 1)
            .ok()?;
        let data = contents.data();
        let base = contents.span().offset();
        let at = offset.saturating_sub(base).min(data.len());
        let line_start = data[..at]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let newline = data[at..].iter().position(|&byte| byte == b'\n');
        let line_end = newline.map_or(data.len(), |newline| at + newline);

        let from = boundary(data, at.saturating_sub(MARGIN)).max(line_start);
        let wanted = at.saturating_add(len).saturating_add(MARGIN);
        let to = boundary(data, wanted.min(data.len())).min(line_end);
        let text = String::from_utf8_lossy(&data[from..to.max(from)]);
        Some(Fragment {
            number: contents.line() + 1 + line_breaks(&data[..line_start]),
            start: base + from,
            text: text.strip_suffix('\r').unwrap_or(&text).to_owned(),
            cut_left: from > line_start || (line_start == 0 && contents.column() > 0),
            cut_right: to < line_end,
            next: newline.map(|newline| base + at + newline + 1),
        })
    }

    /// The place of a source offset in `text`.
    pub(super) fn local(&self, offset: usize) -> usize {
        offset.saturating_sub(self.start)
    }

    /// Whether a source offset lies in `text` or at its end.
    pub(super) fn holds(&self, offset: usize) -> bool {
        (self.start..=self.start + self.text.len()).contains(&offset)
    }
}

/// The last offset up to `at` that is not inside a UTF-8 character.
fn boundary(data: &[u8], mut at: usize) -> usize {
    while at > 0 && data.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
        at -= 1;
    }
    at
}
