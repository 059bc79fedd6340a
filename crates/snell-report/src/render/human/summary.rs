//! The closing lines: how many findings, what was read, what stayed hidden; and,
//! apart, what changes from run to run.

use std::time::Duration;

use miette::Severity as Level;
use snell_source::Severity;

use super::{counted, fold};
use crate::{
    Compared, Finding, HiddenBecause, Report, Summary,
    frame::{Paint, Painter, level},
    render::RenderOptions,
};

/// The closing lines of a report.
pub(super) fn render(report: &Report, options: &RenderOptions) -> String {
    let summary = Summary::of(report);
    let mut painter = Painter::new(options.color);
    if summary.total() == 0 {
        painter.push(Paint::Title, "No problems found.");
        painter.push(Paint::Plain, &format!(" {}", read(report, &summary)));
    } else {
        found(&summary, &mut painter);
        painter.end_line();
        painter.push(Paint::Plain, &read(report, &summary));
    }
    painter.end_line();
    if let Some(compared) = report.baseline {
        baseline(compared, &mut painter);
    }
    painter.finish()
}

/// What became of the baseline's entries.
fn baseline(compared: Compared, painter: &mut Painter) {
    let gone = compared.gone;
    if gone > 0 {
        let text = format!(
            "{} gone: run `snell baseline prune`.",
            counted(gone, "baselined finding is", "baselined findings are")
        );
        painter.push(Paint::Plain, &text);
        painter.end_line();
    }
    if compared.reopened > 0 {
        let words = counted(
            compared.reopened,
            "baselined finding is",
            "baselined findings are",
        );
        painter.push(
            Paint::Plain,
            &format!("{words} more severe now, and count again."),
        );
        painter.end_line();
    }
}

/// `2 errors, 12 warnings (0 critical, 2 high, 8 medium, 4 low). 4 fixable ...`
fn found(summary: &Summary, painter: &mut Painter) {
    let info = summary.count(Severity::Info);
    let counts = [
        summary.at_least(Severity::High),
        summary.at_least(Severity::Low) - summary.at_least(Severity::High),
        info,
    ];
    let levels = [Level::Error, Level::Warning, Level::Advice];
    let mut comma = "";
    for (words, level) in levels.iter().enumerate().filter_map(|(n, level)| {
        let mut only = [0; 3];
        only[n] = counts[n];
        Some((fold::words(only, "").pop()?, *level))
    }) {
        painter.push(Paint::Plain, comma);
        painter.push(Paint::Level(level), &words);
        comma = ", ";
    }
    let by_severity: Vec<_> = Severity::WORST_FIRST
        .into_iter()
        .filter(|severity| *severity != Severity::Info || info > 0)
        .map(|severity| format!("{} {}", summary.count(severity), severity.as_str()))
        .collect();
    painter.push(Paint::Plain, &format!(" ({}).", by_severity.join(", ")));
    if summary.fixable > 0 {
        let fixable = format!(" {} fixable with `snell check --fix`.", summary.fixable);
        painter.push(Paint::Plain, &fixable);
    }
}

/// `3 more errors and 9 more warnings`.
pub(super) fn more(severities: impl Iterator<Item = Severity>) -> String {
    let mut counts = [0; 3];
    for severity in severities {
        counts[match level(severity) {
            Level::Error => 0,
            Level::Warning => 1,
            Level::Advice => 2,
        }] += 1;
    }
    fold::words(counts, "more ").join(" and ")
}

/// Undecided queries in a hundred that are worth a word.
const MUCH_UNDECIDED: usize = 15;

/// `14 models, 29 migrations, 80 Prisma calls, 9 raw queries in 686 files (2 suppressed).`
fn read(report: &Report, summary: &Summary) -> String {
    let counts = &report.counts;
    let read = [
        counted(counts.models, "model", "models"),
        counted(counts.migrations, "migration", "migrations"),
        counted(counts.client_calls, "Prisma call", "Prisma calls"),
        counted(counts.raw_queries, "raw query", "raw queries"),
    ];
    let files = counted(counts.files, "file", "files");
    let mut hidden = Vec::new();
    if counts.blind {
        hidden.push("no endpoint was found to reach a query".to_owned());
    }
    if counts.undecided_queries * 100 > counts.owned_queries * MUCH_UNDECIDED {
        hidden.push(format!(
            "whose rows {} of {} queries reach is not known",
            counts.undecided_queries, counts.owned_queries
        ));
    }
    if summary.suppressed > 0 {
        hidden.push(format!("{} suppressed", summary.suppressed));
    }
    if summary.baselined > 0 {
        hidden.push(format!("{} in baseline", summary.baselined));
    }
    hidden.extend(
        report
            .hidden
            .iter()
            .filter(|hidden| hidden.count > 0)
            .map(|hidden| {
                let why = match hidden.why {
                    HiddenBecause::Mild => "mild left out: `--min-severity low`",
                    HiddenBecause::Severity => "below --min-severity",
                    HiddenBecause::Confidence => "below --min-confidence",
                    HiddenBecause::Paths => "in other files",
                    HiddenBecause::Unchanged => "there before",
                };
                format!("{} {why}", hidden.count)
            }),
    );
    let hidden = if hidden.is_empty() {
        String::new()
    } else {
        format!(" ({})", hidden.join(", "))
    };
    format!("{} in {files}{hidden}.", read.join(", "))
}

/// What is told beside a report, on standard error: how long it took, and what
/// to do next. Not part of [`crate::render()`], whose result never changes
/// between runs.
#[must_use]
pub fn epilogue(report: &Report, elapsed: Option<Duration>, next_steps: bool) -> String {
    let mut out = String::new();
    if let Some(elapsed) = elapsed {
        out.push_str(&format!("Finished in {:.2}s.\n", elapsed.as_secs_f64()));
    }
    let active = report.findings.iter().filter(|finding| finding.is_active());
    let weight = |finding: &&Finding| {
        let diagnostic = &finding.diagnostic;
        let name = std::cmp::Reverse(diagnostic.rule.name);
        (diagnostic.severity, diagnostic.confidence, name)
    };
    if next_steps && let Some(worst) = active.max_by_key(weight) {
        out.push_str(&format!(
            "Next: `snell explain {}`   adopt as is: `snell baseline create`   full report: `snell audit`\n",
            worst.diagnostic.rule.name
        ));
    }
    out
}
