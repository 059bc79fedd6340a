//! Columns of a source line, and the part of it that fits the frame.

use super::source::Fragment;
use crate::visible;

/// Columns between tab stops.
const TAB: usize = 4;

/// Columns of a cut line that are kept left of its first label where texts want the room.
const CONTEXT: usize = 12;

/// A source line as it is shown: characters with their columns.
#[derive(Debug)]
pub(super) struct Measured {
    cells: Vec<Cell>,
    /// Bytes of the fragment's text.
    len: usize,
    /// Columns of the whole line.
    pub(super) width: usize,
    cut_left: bool,
    cut_right: bool,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Offset in the fragment's text.
    byte: usize,
    column: usize,
    width: usize,
    shown: char,
}

/// What of a line must be shown, in columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The first labelled column.
    pub(super) first: usize,
    /// The column up to which all labels and a fair part of their texts fit.
    pub(super) need: usize,
    /// The column up to which all labels and all of their texts fit.
    pub(super) want: usize,
}

/// The columns of a line that are shown: `[left, right)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) left: usize,
    pub(super) right: usize,
    /// Columns of the ellipsis at the left end, 0 without one.
    pub(super) left_mark: usize,
    /// Columns of the ellipsis at the right end, 0 without one.
    pub(super) right_mark: usize,
}

impl Window {
    /// The column in the window of a column of the line; what lies outside is
    /// moved to the nearest text shown.
    pub(super) fn column(&self, column: usize) -> usize {
        let first = self.left + self.left_mark;
        let last = self.right.saturating_sub(self.right_mark).max(first);
        column.clamp(first, last) - self.left
    }
}

impl Measured {
    pub(super) fn new(fragment: &Fragment) -> Self {
        let mut cells = Vec::with_capacity(fragment.text.len());
        let mut column = 0;
        for (byte, c) in fragment.text.char_indices() {
            let (shown, width) = match (c, visible::shown(c)) {
                ('\t', _) => (' ', TAB - column % TAB),
                (_, Some(shown)) => (shown, visible::char_width(shown)),
                (_, None) => continue,
            };
            cells.push(Cell {
                byte,
                column,
                width,
                shown,
            });
            column += width;
        }
        Measured {
            cells,
            len: fragment.text.len(),
            width: column,
            cut_left: fragment.cut_left,
            cut_right: fragment.cut_right,
        }
    }

    /// The column where the character at (or around) a byte begins.
    pub(super) fn start_column(&self, byte: usize) -> usize {
        if byte >= self.len {
            return self.width;
        }
        let after = self.cells.partition_point(|cell| cell.byte <= byte);
        after.checked_sub(1).map_or(0, |at| self.cells[at].column)
    }

    /// The column where a range that ends before a byte ends.
    pub(super) fn end_column(&self, byte: usize) -> usize {
        let at = self.cells.partition_point(|cell| cell.byte < byte);
        self.cells.get(at).map_or(self.width, |cell| cell.column)
    }

    /// The column of the first character that is not white space.
    pub(super) fn indent(&self) -> usize {
        self.cells
            .iter()
            .find(|cell| !cell.shown.is_whitespace())
            .map_or(self.width, |cell| cell.column)
    }

    /// The window of at most `room` columns that shows the extent and as much
    /// as possible to the left of it. Where the line must be cut there anyway,
    /// the labels' texts get all the room that they want.
    pub(super) fn window(&self, room: usize, extent: Extent, ellipsis: usize) -> Window {
        let Extent { first, need, want } = extent;
        let mut left = need.saturating_sub(room);
        if left > 0 || self.cut_left {
            let generous = want
                .saturating_sub(room)
                .min(first.saturating_sub(CONTEXT + ellipsis));
            left = left.max(generous).min(first.saturating_sub(ellipsis));
        }
        let cut_left = left > 0 || self.cut_left;
        let whole = self.width.max(need);
        let cut_right = self.width > left + room || self.cut_right;
        let right = whole.min(left + room);
        Window {
            left,
            right,
            left_mark: if cut_left { ellipsis } else { 0 },
            right_mark: if cut_right && self.width >= right {
                ellipsis
            } else {
                0
            },
        }
    }

    /// The text in a window, the ellipses included.
    pub(super) fn text(&self, window: Window, ellipsis: &str) -> String {
        let mut text = String::new();
        let from = window.left + window.left_mark;
        let to = window.right.saturating_sub(window.right_mark);
        if window.left_mark > 0 {
            text.push_str(ellipsis);
        }
        let mut at = from;
        for cell in &self.cells {
            if cell.column < from || cell.column + cell.width > to {
                continue;
            }
            // A wide character or tab cut in two leaves blanks.
            text.extend(std::iter::repeat_n(' ', cell.column - at));
            at = cell.column + cell.width;
            if cell.width > 1 && cell.shown == ' ' {
                text.extend(std::iter::repeat_n(' ', cell.width));
            } else {
                text.push(cell.shown);
            }
        }
        if window.right_mark > 0 {
            text.extend(std::iter::repeat_n(' ', to.saturating_sub(at)));
            text.push_str(ellipsis);
        }
        text
    }
}
