//! Draws planned lines: borders and numbers, bars, source text and the rows of labels.

use miette::Severity;

use super::{
    labels::{self, Mark},
    row::Row,
    snippet::{Anchor, Bar, Line, Snippet, Spot},
    theme::{Glyphs, Paint, Painter},
    wrap::wrap,
};
use crate::visible;

/// What stands left of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Border {
    /// A line number.
    Number(usize),
    /// Nothing but the border.
    Blank,
    /// The border's end: no remark follows.
    Closing,
    /// Skipped lines.
    Gap,
    /// The path of the primary file.
    Arrow,
    /// The path of a further file.
    Further,
}

/// One line of a block below its header.
pub(super) type Drawn = (Border, Row);

/// Draws snippets in the frame of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub(super) glyphs: &'static Glyphs,
    pub(super) level: Severity,
    /// Columns right of the border.
    pub(super) room: usize,
}

impl Pen {
    fn paint(&self, primary: bool) -> Paint {
        if primary {
            Paint::Level(self.level)
        } else {
            Paint::Related
        }
    }

    /// Draws the lines of one file.
    pub(super) fn snippet(&self, snippet: &Snippet) -> Vec<Drawn> {
        let mut drawn: Vec<Drawn> = Vec::new();
        let mut open = Open::new(snippet.slots);
        let mut previous: Option<usize> = None;
        for line in &snippet.lines {
            let number = line.fragment.number;
            if previous.is_some_and(|previous| number > previous + 1) {
                drawn.push((Border::Gap, self.bars(snippet, &open)));
            }
            previous = Some(number);
            self.line(snippet, line, &mut open, &mut drawn);
        }
        drawn
    }

    /// Draws one source line and the rows under it.
    fn line(&self, snippet: &Snippet, line: &Line, open: &mut Open, drawn: &mut Vec<Drawn>) {
        let indent = 2 * snippet.slots;
        let room = self.room.saturating_sub(indent);
        let ellipsis = visible::width(self.glyphs.ellipsis);
        let window = line.measured.window(room, line.extent(), ellipsis);
        let column = |at: usize| window.column(at);

        let mut source = Row::default();
        let mut below = Vec::new();
        let mut marks = Vec::new();
        let mut closing = Vec::new();
        for spot in &line.spots {
            let (from, to) = line.columns(spot);
            match spot.anchor {
                Anchor::Single => marks.push(Mark {
                    from: column(from),
                    to: column(to).max(column(from) + 1),
                    text: spot.text.clone(),
                    primary: spot.primary,
                    paint: self.paint(spot.primary),
                }),
                Anchor::Opens(bar) if from <= line.measured.indent() => {
                    let strokes = self.glyphs.strokes(spot.primary);
                    let slot = snippet.bars[bar].slot;
                    source.put(2 * slot, self.paint(spot.primary), strokes.open);
                    below.push((bar, None));
                }
                Anchor::Opens(bar) => below.push((bar, Some(column(from)))),
                Anchor::Closes(bar) => closing.push((bar, column(from), spot)),
            }
        }
        source = self.bars(snippet, open).joined(source);
        source.put(
            indent,
            Paint::Plain,
            line.measured.text(window, self.glyphs.ellipsis),
        );
        drawn.push((Border::Number(line.fragment.number), source));

        for (bar, turn) in &below {
            if turn.is_none() {
                open.0[snippet.bars[*bar].slot] = Some(*bar);
            }
        }
        if !marks.is_empty() {
            for row in labels::rows(marks, room, self.glyphs) {
                let row = self.bars(snippet, open).joined(row.shifted(indent));
                drawn.push((Border::Blank, row));
            }
        }
        // Inner bars end first, so that an outer one's run crosses nothing open.
        closing.sort_by_key(|(bar, ..)| std::cmp::Reverse(snippet.bars[*bar].slot));
        for (bar, at, spot) in closing {
            self.close(snippet, bar, at, spot, open, drawn);
        }
        for (bar, turn) in below {
            if let Some(at) = turn {
                self.turn(snippet, bar, at, open, drawn);
            }
        }
    }

    /// The bars that are open, each in its slot.
    fn bars(&self, snippet: &Snippet, open: &Open) -> Row {
        let mut row = Row::default();
        for bar in open.0.iter().flatten() {
            let bar = &snippet.bars[*bar];
            let strokes = self.glyphs.strokes(bar.primary);
            row.put(2 * bar.slot, self.paint(bar.primary), strokes.bar);
        }
        row
    }

    /// The row in which a bar begins under the character at column `at`.
    fn turn(
        &self,
        snippet: &Snippet,
        bar: usize,
        at: usize,
        open: &mut Open,
        drawn: &mut Vec<Drawn>,
    ) {
        let primary = snippet.bars[bar].primary;
        let strokes = self.glyphs.strokes(primary);
        let row = self.run(snippet, bar, at, strokes.turn, open);
        drawn.push((Border::Blank, row));
        open.0[snippet.bars[bar].slot] = Some(bar);
    }

    /// The row in which a bar ends under the character at column `at`, and the label's text.
    fn close(
        &self,
        snippet: &Snippet,
        bar: usize,
        at: usize,
        spot: &Spot,
        open: &mut Open,
        drawn: &mut Vec<Drawn>,
    ) {
        let strokes = self.glyphs.strokes(spot.primary);
        let paint = self.paint(spot.primary);
        open.0[snippet.bars[bar].slot] = None;
        let mut row = self.run(snippet, bar, at, strokes.end, open);
        if spot.text.is_empty() {
            drawn.push((Border::Blank, row));
            return;
        }
        let indent = 2 * snippet.slots;
        let beside = indent + at + 2;
        let fair = visible::width(&spot.text).min(labels::COMFORT);
        let column = if beside + fair <= self.room {
            beside
        } else {
            drawn.push((Border::Blank, row));
            row = self.bars(snippet, open);
            indent
        };
        for line in wrap(&spot.text, self.room.saturating_sub(column)) {
            row.put(column, paint, line);
            drawn.push((Border::Blank, row));
            row = self.bars(snippet, open);
        }
    }

    /// A line from a bar's slot to the character at column `at`.
    fn run(&self, snippet: &Snippet, bar: usize, at: usize, corner: char, open: &Open) -> Row {
        let Bar { slot, primary } = &snippet.bars[bar];
        let strokes = self.glyphs.strokes(*primary);
        let paint = self.paint(*primary);
        let start = 2 * slot;
        let tip = 2 * snippet.slots + at;
        let mut line = String::from(corner);
        line.extend(std::iter::repeat_n(
            strokes.run,
            tip.saturating_sub(start + 1),
        ));
        line.push(strokes.tip);
        let mut row = Row::default();
        row.put(start, paint, line);
        // Where the run crosses an inner bar, the run is seen.
        self.bars(snippet, open).joined(row)
    }

    /// Writes a line of the block; line numbers take `numbers` columns.
    pub(super) fn write(&self, painter: &mut Painter, numbers: usize, (border, row): Drawn) {
        let glyphs = self.glyphs;
        let left = match border {
            Border::Number(n) => format!("{n:>numbers$} {} ", glyphs.border),
            Border::Blank => format!("{:numbers$} {} ", "", glyphs.border),
            Border::Closing => format!("{:numbers$} {}", "", glyphs.close.unwrap_or(glyphs.border)),
            Border::Gap if glyphs.gap_at_border => format!("{:numbers$} {} ", "", glyphs.gap),
            Border::Gap => format!("{:<1$}", glyphs.gap, numbers + 3),
            Border::Arrow => format!("{:numbers$}{}", "", glyphs.arrow),
            Border::Further => format!("{:numbers$}{}", "", glyphs.further),
        };
        painter.push(Paint::Frame, &left);
        row.draw(painter);
        painter.end_line();
    }
}

/// The bar that is open in each slot.
#[derive(Debug)]
struct Open(Vec<Option<usize>>);

impl Open {
    fn new(slots: usize) -> Self {
        Open(vec![None; slots])
    }
}
