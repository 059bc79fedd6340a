//! Findings as miette diagnostics, and the handler that draws one as a single block.
//!
//! The layout is rustc's, over several files and languages:
//!
//! ```text
//! error[category/rule]: the message
//!   ╭▸ primary/file.prisma:4:3
//!   │
//! 4 │   @@unique([a, b])
//!   │   ━━━━━━━━━━━━━━━━ the primary label
//!   │
//!   ⸬  another/file.ts:2:1
//!   │
//! 2 │ find()
//!   │ ──── a related label
//!   │
//!   ├ help: what to do
//!   ╰ note: high, certain
//! ```

mod draw;
mod finding;
mod labels;
mod measure;
#[cfg(test)]
mod properties;
mod row;
mod snippet;
mod source;
#[cfg(test)]
mod tests;
mod theme;
mod wrap;

use std::fmt;

use miette::{Diagnostic, LabeledSpan, ReportHandler, Severity, SourceCode};

use self::{
    draw::{Border, Drawn, Pen},
    row::Row,
    snippet::Snippet,
};
pub(crate) use self::{
    finding::{FindingDiagnostic, level},
    theme::{Paint, Painter},
};
use crate::{render::RenderOptions, visible};

/// Draws a diagnostic and everything related to it as one block.
///
/// It reads miette's protocol alone: a related diagnostic with source code
/// becomes a further frame, one without becomes a remark (`help` when that is
/// its code, else `note`). Header, path lines and wide words aside, no line is
/// wider than the width.
#[derive(Debug, Clone)]
pub struct SnellReportHandler {
    width: usize,
    color: bool,
    unicode: bool,
    links: bool,
}

impl SnellReportHandler {
    /// A handler that draws as the options say.
    #[must_use]
    pub fn new(options: &RenderOptions) -> Self {
        SnellReportHandler {
            width: options.clamped_width(),
            color: options.color,
            unicode: options.unicode,
            links: options.links,
        }
    }

    /// Draws a diagnostic.
    #[must_use]
    pub fn draw(&self, diagnostic: &dyn Diagnostic) -> String {
        let block = Block::new(self, diagnostic);
        let mut painter = Painter::new(self.color);
        self.header(diagnostic, block.pen.level, &mut painter);
        block.write(&mut painter);
        painter.finish()
    }

    /// `error[category/rule]: message`.
    fn header(&self, diagnostic: &dyn Diagnostic, level: Severity, painter: &mut Painter) {
        let paint = Paint::Level(level);
        painter.push(paint, level_word(level));
        if let Some(code) = diagnostic.code() {
            let code = visible::line(&code.to_string()).into_owned();
            painter.push(paint, "[");
            match diagnostic.url().filter(|_| self.links) {
                Some(url) => painter.link(paint, &code, &visible::line(&url.to_string())),
                None => painter.push(paint, &code),
            }
            painter.push(paint, "]");
        }
        let message = diagnostic.to_string();
        painter.push(
            Paint::Title,
            &format!(": {}", visible::line(message.trim())),
        );
        painter.end_line();
    }
}

impl ReportHandler for SnellReportHandler {
    fn debug(&self, error: &dyn Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.draw(error))
    }
}

/// The severity word of a header.
pub(crate) fn level_word(level: Severity) -> &'static str {
    match level {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

/// What stands under a header: frames, then remarks.
struct Block {
    pen: Pen,
    /// Columns of the widest line number.
    numbers: usize,
    width: usize,
    frames: Vec<Frame>,
    /// `help` or `note`, and its text.
    remarks: Vec<(&'static str, String)>,
}

/// The labels of one file.
struct Frame {
    place: String,
    snippet: Snippet,
}

impl Block {
    fn new(handler: &SnellReportHandler, diagnostic: &dyn Diagnostic) -> Self {
        let level = diagnostic.severity().unwrap_or_default();
        let related: Vec<_> = diagnostic.related().into_iter().flatten().collect();
        let mut parts = vec![(diagnostic.source_code(), labels(diagnostic))];
        let mut remarks = Vec::new();
        if let Some(help) = diagnostic.help() {
            remarks.push(("help", help.to_string()));
        }
        for part in &related {
            if part.source_code().is_some() {
                parts.push((part.source_code(), labels(*part)));
            } else {
                let help = part.code().is_some_and(|code| code.to_string() == "help");
                remarks.push((if help { "help" } else { "note" }, part.to_string()));
            }
        }
        let numbers = parts
            .iter()
            .filter_map(|(source, labels)| Some(widest_number((*source)?, labels)))
            .max()
            .unwrap_or(1);
        let glyphs = if handler.unicode {
            &theme::UNICODE
        } else {
            &theme::ASCII
        };
        let pen = Pen {
            glyphs,
            level,
            room: handler.width.saturating_sub(numbers + 3),
        };
        let mut block = Block {
            pen,
            numbers,
            width: handler.width,
            frames: Vec::new(),
            remarks: Vec::new(),
        };
        for (source, labels) in parts {
            block.add_frame(source, &labels);
        }
        block.remarks.extend(remarks);
        block
    }

    /// Plans the frame of one file; labels that cannot be set become notes.
    fn add_frame(&mut self, source: Option<&dyn SourceCode>, labels: &[LabeledSpan]) {
        let header = labels
            .iter()
            .find(|label| label.primary())
            .or(labels.first());
        let (Some(source), Some(header)) = (source, header) else {
            return;
        };
        let snippet = snippet::plan(source, labels, self.pen.room);
        let lost = snippet.lost.iter().filter(|text| !text.is_empty());
        self.remarks.extend(lost.map(|text| ("note", text.clone())));
        if let Some((name, line, column)) = snippet::position(source, header.inner()) {
            let place = if name.is_empty() {
                format!("{line}:{column}")
            } else {
                format!("{name}:{line}:{column}")
            };
            self.frames.push(Frame { place, snippet });
        }
    }

    fn write(self, painter: &mut Painter) {
        let Block {
            pen,
            numbers,
            width,
            frames,
            remarks,
            ..
        } = self;
        let mut drawn: Vec<Drawn> = Vec::new();
        for (n, frame) in frames.into_iter().enumerate() {
            let border = if n == 0 {
                Border::Arrow
            } else {
                drawn.push((Border::Blank, Row::default()));
                Border::Further
            };
            let mut place = Row::default();
            place.put(0, Paint::Plain, frame.place);
            drawn.push((border, place));
            drawn.push((Border::Blank, Row::default()));
            drawn.extend(pen.snippet(&frame.snippet));
        }
        if !drawn.is_empty() && !remarks.is_empty() {
            drawn.push((Border::Blank, Row::default()));
        } else if pen.glyphs.close.is_some() {
            match drawn.last_mut() {
                Some((border @ Border::Blank, _)) => *border = Border::Closing,
                Some(_) => drawn.push((Border::Closing, Row::default())),
                None => {}
            }
        }
        for line in drawn {
            pen.write(painter, numbers, line);
        }
        let last = remarks.len();
        for (n, (word, text)) in remarks.iter().enumerate() {
            remark(painter, &pen, (numbers, width), (word, text), n + 1 == last);
        }
    }
}

/// Writes `├ help: text`; a line break in the text is kept.
fn remark(
    painter: &mut Painter,
    pen: &Pen,
    (numbers, width): (usize, usize),
    (word, text): (&str, &str),
    last: bool,
) {
    let glyphs = pen.glyphs;
    let (first, further) = if last {
        (glyphs.last_remark, "  ")
    } else {
        (glyphs.remark, glyphs.remark_border)
    };
    let indent = word.len() + 2;
    let room = width.saturating_sub(numbers + 3 + indent);
    let lines = text
        .trim()
        .lines()
        .flat_map(|line| wrap::wrap(&visible::line(line), room));
    for (n, line) in lines.enumerate() {
        painter.spaces(numbers + 1);
        if n == 0 {
            painter.push(Paint::Frame, first);
            painter.push(Paint::Remark, &format!("{word}:"));
            painter.spaces(1);
        } else {
            painter.push(Paint::Frame, further);
            painter.spaces(indent);
        }
        painter.push(Paint::Plain, &line);
        painter.end_line();
    }
}

fn labels(diagnostic: &dyn Diagnostic) -> Vec<LabeledSpan> {
    diagnostic.labels().into_iter().flatten().collect()
}

/// The columns of the largest line number that a frame of these labels shows.
fn widest_number(source: &dyn SourceCode, labels: &[LabeledSpan]) -> usize {
    let last = labels
        .iter()
        .filter_map(|label| {
            let end = label.offset().saturating_add(label.len());
            let (_, line, _) =
                snippet::position(source, &end.saturating_sub(1).max(label.offset()).into())?;
            Some(line)
        })
        .max()
        .unwrap_or(1);
    last.to_string().len()
}
