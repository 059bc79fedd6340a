//! The formats: each an adapter over the same report.

mod agent;
mod concise;
pub(crate) mod erd;
mod github;
mod gitlab;
pub(crate) mod html;
mod human;
mod json;
mod junit;
mod markdown;
pub(crate) mod place;
mod sarif;
mod select;
mod statistics;
mod subject;
pub(crate) mod trace;

use std::fmt;

use serde::Serialize;
use snell_source::Sources;

pub use self::human::epilogue;
pub use self::statistics::statistics;
use crate::{Report, covered::covered};

/// How a report is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Frames with source lines, for people.
    Human,
    /// `path:line:col: severity rule message`, one line for each finding.
    Concise,
    /// One line for each finding, everything folded in, for programs that read text.
    Agent,
    /// The whole report as one document (`schema/output-v1.json`).
    Json,
    /// The findings of `json`, one on each line.
    Jsonl,
    /// SARIF 2.1.0, as GitHub code scanning reads it.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// A table for job summaries.
    Markdown,
    /// One file for a browser, that loads nothing.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[
        Format::Human,
        Format::Concise,
        Format::Agent,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Markdown,
        Format::Html,
    ];

    /// The name used by `--format`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Concise => "concise",
            Format::Agent => "agent",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
            Format::Html => "html",
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

impl RenderOptions {
    /// The width that is kept: a frame needs 40 columns, and no eye follows 400.
    pub(crate) fn clamped_width(&self) -> usize {
        self.width.clamp(40, 400)
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
    let covered = covered(&report.findings, sources);
    let sources = covered.as_ref().unwrap_or(sources);
    match format {
        Format::Human => human::render(report, sources, options),
        Format::Concise => concise::render(report, sources, options),
        Format::Agent => agent::render(report, sources, options),
        Format::Json => json::render(report, sources, options),
        Format::Jsonl => json::render_lines(report, sources, options),
        Format::Sarif => sarif::render(report, sources, options),
        Format::Github => github::render(report, sources, options),
        Format::Gitlab => gitlab::render(report, sources, options),
        Format::Junit => junit::render(report, sources, options),
        Format::Markdown => markdown::render(report, sources, options),
        Format::Html => html::render(report, sources, options),
    }
}

/// A document, indented, with a line break at its end.
fn pretty(document: &impl Serialize) -> String {
    // Our documents are structs, strings and numbers, which JSON can always hold.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// A document in one line.
fn compact(document: &impl Serialize) -> String {
    serde_json::to_string(document).unwrap_or_default()
}
