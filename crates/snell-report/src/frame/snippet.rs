//! The labels of one file on the lines of that file.
//!
//! Labels are first set on lines ([`plan`]), then each line is drawn with the
//! rows under it. Two labels too far apart on one long line get a row of that
//! line each.

use miette::{LabeledSpan, SourceCode, SourceSpan};

use super::{
    labels::COMFORT,
    measure::{Extent, Measured},
    source::Fragment,
};
use crate::visible;

/// Labels over more lines than this show their first lines and the last one.
const WHOLE: usize = 5;

/// Columns left of the first label that a row with several labels keeps.
const LEAD: usize = 8;

/// The part of a label that is looked at on one line, in bytes: no frame is wider.
const LONGEST: usize = 2048;

/// Labels over several lines that may lie beside each other; further ones mark
/// their first line only, so that the text keeps its room.
const MOST_BARS: usize = 4;

/// A label over several lines.
#[derive(Debug)]
pub(super) struct Bar {
    /// The place among the bars left of the text, outermost first.
    pub(super) slot: usize,
    /// Whether it is the primary label.
    pub(super) primary: bool,
}

/// What a label does on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It lies on this line.
    Single,
    /// The bar of this number begins here.
    Opens(usize),
    /// The bar of this number ends here.
    Closes(usize),
}

/// A label, or an end of one, on a line.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) anchor: Anchor,
    /// Bytes of the source.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
    pub(super) primary: bool,
}

/// A line to draw, and the labels on it (none: a line for context).
#[derive(Debug)]
pub(super) struct Line {
    pub(super) fragment: Fragment,
    pub(super) measured: Measured,
    pub(super) spots: Vec<Spot>,
}

impl Line {
    fn new(fragment: Fragment) -> Self {
        Line {
            measured: Measured::new(&fragment),
            fragment,
            spots: Vec::new(),
        }
    }

    /// The columns of a spot in the line; at least one.
    pub(super) fn columns(&self, spot: &Spot) -> (usize, usize) {
        let from = self.measured.start_column(self.fragment.local(spot.start));
        let to = self.measured.end_column(self.fragment.local(spot.end));
        (from, to.max(from + 1))
    }

    /// The columns that the labels and their texts take.
    pub(super) fn extent(&self) -> Extent {
        let mut extent = Extent {
            first: usize::MAX,
            ..Extent::default()
        };
        // The rightmost text stands beside its underline, the others below theirs.
        let rightmost = self.spots.iter().map(|spot| self.columns(spot).1).max();
        for spot in &self.spots {
            let (from, to) = self.columns(spot);
            let text = visible::width(&spot.text);
            let start = match text {
                0 => to,
                _ if Some(to) == rightmost => to + 1,
                _ => from + 2,
            };
            extent.first = extent.first.min(from);
            extent.need = extent.need.max(start + text.min(COMFORT)).max(to);
            extent.want = extent.want.max(start + text);
        }
        extent.first = extent.first.min(extent.need);
        extent
    }
}

/// The lines of one file's frame, in order, and its bars.
#[derive(Debug, Default)]
pub(super) struct Snippet {
    pub(super) lines: Vec<Line>,
    pub(super) bars: Vec<Bar>,
    /// How many bars lie beside each other.
    pub(super) slots: usize,
    /// Texts of labels whose place could not be read.
    pub(super) lost: Vec<String>,
}

/// Sets labels on lines; each line is to fit `room` columns.
pub(super) fn plan(source: &dyn SourceCode, labels: &[LabeledSpan], room: usize) -> Snippet {
    let mut snippet = Snippet::default();
    let mut spots = snippet.spots(source, labels);
    spots.sort_by_key(|spot| (spot.start, spot.end));
    // The bars take columns from the text.
    let room = room.saturating_sub(2 * snippet.slots);
    for spot in spots {
        snippet.place(source, spot, room);
    }
    snippet.lines.sort_by_key(|line| line.fragment.number);
    snippet.add_context(source);
    snippet
}

impl Snippet {
    /// The spots of all labels; gives a slot to each bar.
    fn spots(&mut self, source: &dyn SourceCode, labels: &[LabeledSpan]) -> Vec<Spot> {
        let mut spots = Vec::new();
        // The last line taken in each slot.
        let mut taken: Vec<usize> = Vec::new();
        let mut long = Vec::new();
        for label in labels {
            let mut text = visible::line(label.label().unwrap_or_default().trim()).into_owned();
            if visible::width(&text) == 0 {
                // Nothing of it would be seen: nothing is to be set.
                text.clear();
            }
            let Some(reach) = Reach::of(source, label) else {
                self.lost.push(text);
                continue;
            };
            let spot = Spot {
                anchor: Anchor::Single,
                start: reach.start,
                end: reach.end,
                text,
                primary: label.primary(),
            };
            if reach.first == reach.last {
                spots.push(spot);
            } else {
                long.push((reach, spot));
            }
        }
        long.sort_by_key(|(reach, _)| (reach.first, std::cmp::Reverse(reach.last)));
        for (reach, spot) in long {
            let free = taken.iter().position(|&last| last < reach.first);
            let slot = free.unwrap_or(taken.len());
            if slot >= MOST_BARS {
                spots.push(spot);
                continue;
            }
            if slot == taken.len() {
                taken.push(0);
            }
            taken[slot] = reach.last;
            let bar = self.bars.len();
            self.bars.push(Bar {
                slot,
                primary: spot.primary,
            });
            spots.push(Spot {
                anchor: Anchor::Opens(bar),
                end: reach.start + 1,
                text: String::new(),
                ..spot.clone()
            });
            spots.push(Spot {
                anchor: Anchor::Closes(bar),
                start: reach.last_char,
                ..spot
            });
        }
        self.slots = taken.len();
        spots
    }

    /// Puts a spot on its line: on one that is there if it fits, else on a new one.
    fn place(&mut self, source: &dyn SourceCode, spot: Spot, room: usize) {
        let len = (spot.end - spot.start).min(LONGEST);
        let Some(fragment) = Fragment::read(source, spot.start, len) else {
            self.lost.push(spot.text);
            return;
        };
        if let Some(last) = self.lines.last_mut()
            && last.fragment.number == fragment.number
            && last.fragment.holds(spot.start)
            && (last.fragment.holds(spot.end) || !fragment.holds(spot.end))
        {
            last.spots.push(spot);
            let Extent { first, need, .. } = last.extent();
            if need <= room || need - first + LEAD <= room {
                return;
            }
            let Some(spot) = last.spots.pop() else { return };
            if last.spots.is_empty() {
                last.spots.push(spot);
                return;
            }
            self.push_line(fragment, spot);
            return;
        }
        self.push_line(fragment, spot);
    }

    fn push_line(&mut self, fragment: Fragment, spot: Spot) {
        let mut line = Line::new(fragment);
        line.spots.push(spot);
        self.lines.push(line);
    }

    /// Adds lines that no label is on: a single one between two labelled ones,
    /// and the first ones under the opening of a bar.
    fn add_context(&mut self, source: &dyn SourceCode) {
        let labelled = std::mem::take(&mut self.lines);
        for line in labelled {
            if let Some(previous) = self.lines.last() {
                let gap = line
                    .fragment
                    .number
                    .saturating_sub(previous.fragment.number + 1);
                let opens = previous
                    .spots
                    .iter()
                    .any(|spot| matches!(spot.anchor, Anchor::Opens(_)));
                let wanted = match gap {
                    1 => 1,
                    2..WHOLE if opens => gap,
                    2.. if opens => 1,
                    _ => 0,
                };
                for _ in 0..wanted {
                    let Some(next) = self.lines.last().and_then(|line| line.fragment.next) else {
                        break;
                    };
                    let Some(fragment) = Fragment::read(source, next, 0) else {
                        break;
                    };
                    self.lines.push(Line::new(fragment));
                }
            }
            self.lines.push(line);
        }
    }
}

/// Where a label begins and ends.
struct Reach {
    start: usize,
    end: usize,
    /// The last character's first byte.
    last_char: usize,
    first: usize,
    last: usize,
}

impl Reach {
    /// `None` when the source refuses the label's span. A label's line breaks
    /// at its end are left out, and so is what lies beyond the source.
    fn of(source: &dyn SourceCode, label: &LabeledSpan) -> Option<Reach> {
        let contents = source.read_span(label.inner(), 0, 0).ok()?;
        let (start, data) = (contents.span().offset(), contents.data());
        let shown = data.trim_ascii_end().len();
        let data = if shown == 0 {
            &data[..data.len().min(1)]
        } else {
            &data[..shown]
        };
        let end = start + data.len();
        let last_char = data
            .iter()
            .rposition(|byte| byte & 0xC0 != 0x80)
            .map_or(start, |at| start + at);
        let first = contents.line();
        let breaks = data.iter().filter(|&&byte| byte == b'\n').count();
        let last = if shown == 0 { first } else { first + breaks };
        Some(Reach {
            start,
            end,
            last_char,
            first,
            last,
        })
    }
}

/// The 1-based line and column of a label, and the name of its source.
pub(super) fn position(
    source: &dyn SourceCode,
    span: &SourceSpan,
) -> Option<(String, usize, usize)> {
    let contents = source.read_span(span, 0, 0).ok()?;
    let name = visible::line(contents.name().unwrap_or_default()).into_owned();
    Some((name, contents.line() + 1, contents.column() + 1))
}
