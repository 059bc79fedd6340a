//! `human`: frames for people, the rest in a table, and a summary.
//!
//! Worst first. At most [`PER_RULE`] findings of one rule are drawn in full, and
//! at most `max_findings` in all; the rest is told by rule and subject.

mod fold;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use snell_source::Sources;

pub use self::summary::epilogue;
use super::{RenderOptions, select};
use crate::{
    Finding, Notice, NoticeKind, Report, SnellReportHandler,
    frame::{FindingDiagnostic, Paint, Painter},
    visible,
};

/// How many findings of one rule are drawn in full, unless all are.
const PER_RULE: usize = 3;

/// Renders findings, notices and summary.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let findings = select::by_weight(report, sources, options);
    let (full, folded) = split(&findings, options.max_findings);
    let handler = SnellReportHandler::new(options);
    let mut out = String::new();
    for finding in full {
        let diagnostic = FindingDiagnostic::new(finding, sources, &report.tool);
        out.push_str(&handler.draw(&diagnostic));
        out.push('\n');
    }
    out.push_str(&fold::render(&folded, options));
    if !options.quiet {
        out.push_str(&notices(&report.notices, options));
        out.push_str(&summary::render(report, options));
    }
    out
}

/// The findings to draw, and those to fold.
fn split<'a>(
    findings: &[&'a Finding],
    most: Option<usize>,
) -> (Vec<&'a Finding>, Vec<&'a Finding>) {
    let Some(most) = most else {
        return (findings.to_vec(), Vec::new());
    };
    let mut of_rule: BTreeMap<&str, usize> = BTreeMap::new();
    let mut drawn = 0;
    findings.iter().copied().partition(|finding| {
        let of_rule = of_rule.entry(finding.diagnostic.rule.name).or_default();
        let draw = drawn < most && *of_rule < PER_RULE;
        if draw {
            drawn += 1;
            *of_rule += 1;
        }
        draw
    })
}

/// One line for each notice.
fn notices(notices: &[Notice], options: &RenderOptions) -> String {
    let mut painter = Painter::new(options.color);
    for notice in notices {
        let (level, what) = match notice.kind {
            NoticeKind::Internal => (miette::Severity::Error, "internal error: "),
            NoticeKind::Unreadable => (miette::Severity::Warning, ""),
            NoticeKind::Limit | NoticeKind::NotJudged => (miette::Severity::Advice, ""),
        };
        painter.push(Paint::Level(level), crate::frame::level_word(level));
        painter.push(Paint::Plain, ": ");
        if let Some(path) = &notice.path {
            painter.push(Paint::Plain, &format!("{}: ", visible::line(path)));
        }
        painter.push(Paint::Plain, what);
        painter.push(Paint::Plain, &visible::line(&notice.message));
        painter.end_line();
    }
    let mut out = painter.finish();
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// `1 model`, `2 models`.
fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
