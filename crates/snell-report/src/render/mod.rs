//! The formats: each an adapter over the same report.

mod concise;
mod place;
mod select;

use std::fmt;

use snell_source::Sources;

use crate::Report;

/// How a report is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Frames with source lines, for people.
    Human,
    /// `path:line:col: severity rule message`, one line for each finding.
    Concise,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[Format::Human, Format::Concise];

    /// The name used by `--format`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Concise => "concise",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a format is to look. Only `show_suppressed` concerns machine formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    /// Columns of the terminal or page; held between 40 and 400.
    pub width: usize,
    /// ANSI colours.
    pub color: bool,
    /// Box drawing characters rather than ASCII.
    pub unicode: bool,
    /// OSC 8 links from a rule's name to its page.
    pub links: bool,
    /// Findings that `human` shows in full; `None`: all, of every rule.
    pub max_findings: Option<usize>,
    /// Suppressed and baselined findings are shown too, marked as such.
    pub show_suppressed: bool,
    /// Findings only: no notices, no summary (`--quiet`).
    pub quiet: bool,
}

impl Default for RenderOptions {
    fn default() -> Self {
        RenderOptions {
            width: 100,
            color: false,
            unicode: true,
            links: false,
            max_findings: Some(50),
            show_suppressed: false,
            quiet: false,
        }
    }
}

/// Renders a report.
///
/// `sources` holds the files that the report's locations name. The result is
/// the same for the same report: it holds neither times nor hints.
#[must_use]
pub fn render(
    report: &Report,
    sources: &Sources,
    format: Format,
    options: &RenderOptions,
) -> String {
    match format {
        Format::Human | Format::Concise => concise::render(report, sources, options),
    }
}
