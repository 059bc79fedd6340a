//! The rows under a source line: underlines, and the labels' texts beside and below them.
//!
//! The rightmost label's text stands beside its underline where there is room;
//! the others hang from stems, rightmost first, so that no stem crosses a text:
//!
//! ```text
//! 3 │ where: { id, userId },
//!   │          ┯━  ┬───── inline
//!   │          │   ╰ second
//!   │          ╰ first
//! ```

use std::cmp::Reverse;

use super::{
    row::Row,
    theme::{Glyphs, Paint},
    wrap::wrap,
};
use crate::visible;

/// The columns that a label's text asks for before the source line is moved to
/// the left to make room; a shorter text asks for its own width.
pub(super) const COMFORT: usize = 32;

/// A label on one line, in columns of the window.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// The first column.
    pub(super) from: usize,
    /// One past the last column; greater than `from`.
    pub(super) to: usize,
    /// What to say; safe to show, may be empty.
    pub(super) text: String,
    /// Whether it is the finding's primary label.
    pub(super) primary: bool,
    /// The colour of its strokes.
    pub(super) paint: Paint,
}

/// The rows under a line that carries these marks; every row fits `room` columns.
pub(super) fn rows(mut marks: Vec<Mark>, room: usize, glyphs: &Glyphs) -> Vec<Row> {
    marks.sort_by_key(|mark| Reverse((mark.from, mark.to)));
    let (beside, below): (Vec<_>, Vec<_>) = split(&marks, room);

    let mut rows = vec![underlines(&marks, &below, glyphs)];
    for mark in &beside {
        let column = mark.to + 1;
        for (n, line) in wrap(&mark.text, room.saturating_sub(column))
            .into_iter()
            .enumerate()
        {
            if n == rows.len() {
                rows.push(stems(&below, glyphs));
            }
            rows[n].put(column, text_paint(mark), line);
        }
    }
    let elbow = visible::width(glyphs.elbow);
    let mut hanging = below.as_slice();
    if !hanging.is_empty() && elbow == 0 {
        rows.push(stems(hanging, glyphs));
    }
    while let Some((mark, rest)) = hanging.split_first() {
        let column = mark.from + elbow;
        for (n, line) in wrap(&mark.text, room.saturating_sub(column))
            .into_iter()
            .enumerate()
        {
            let mut row = stems(rest, glyphs);
            if n == 0 {
                row.put(mark.from, mark.paint, glyphs.elbow);
            }
            row.put(column, text_paint(mark), line);
            rows.push(row);
        }
        hanging = rest;
    }
    rows
}

/// The colour of a label's text: that of its strokes.
fn text_paint(mark: &Mark) -> Paint {
    mark.paint
}

/// Which texts stand beside their underline and which hang below it, both from
/// right to left.
fn split(marks: &[Mark], room: usize) -> (Vec<&Mark>, Vec<&Mark>) {
    let mut beside: Vec<&Mark> = Vec::new();
    let mut below = Vec::new();
    // Texts may use the columns before this one.
    let mut free = room;
    for (n, mark) in marks.iter().enumerate() {
        if mark.text.is_empty() {
            free = free.min(mark.from);
            continue;
        }
        let start = mark.to + 1;
        let width = visible::width(&mark.text);
        let clear = marks
            .iter()
            .enumerate()
            .all(|(other, m)| other == n || m.to <= mark.to || m.from > start + width);
        let rightmost = free == room;
        let fits = start + width + usize::from(!rightmost) <= free;
        // A text that must be wrapped may do so only where nothing stands to its right.
        let wraps = rightmost && start + COMFORT <= room;
        let better_below = mark.from + 2 + width <= room;
        if clear && (fits || (wraps && !better_below)) {
            beside.push(mark);
        } else {
            below.push(mark);
        }
        free = free.min(mark.from);
    }
    (beside, below)
}

/// The row of underlines: shorter ones over longer ones, the primary one over its equals.
fn underlines(marks: &[Mark], below: &[&Mark], glyphs: &Glyphs) -> Row {
    let width = marks.iter().map(|mark| mark.to).max().unwrap_or(0);
    let mut cells = vec![None; width];
    let mut order: Vec<_> = marks.iter().collect();
    order.sort_by_key(|mark| (Reverse(mark.to - mark.from), mark.primary));
    for mark in order {
        let underline = glyphs.strokes(mark.primary).underline;
        cells[mark.from..mark.to].fill(Some((underline, mark.paint)));
    }
    for mark in below {
        let strokes = glyphs.strokes(mark.primary);
        // An underline of one column with a stem reads as the stem's end.
        cells[mark.from] = Some((strokes.tee, mark.paint));
    }
    let mut row = Row::default();
    row.put_cells(0, &cells);
    row
}

/// A row of the stems of labels whose texts come further down.
fn stems(below: &[&Mark], glyphs: &Glyphs) -> Row {
    let mut row = Row::default();
    for mark in below {
        let stem = glyphs.strokes(mark.primary).stem;
        row.put(mark.from, mark.paint, stem);
    }
    row
}
