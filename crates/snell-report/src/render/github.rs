//! `github`: workflow commands that GitHub Actions turns into annotations.
//!
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>.
//! A step shows 10 annotations of each kind and drops the rest in silence, so the
//! worst are sent and the total is told.

use snell_source::{Severity, Sources};

use super::{RenderOptions, place::Place, select};
use crate::{Finding, Report, Summary, visible};

/// Annotations of one kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// Annotations, worst first, and a closing one with the total when some were left out.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let mut out = String::new();
    let findings = select::by_weight(report, sources, options);
    // The closing notice needs one of the places of its kind.
    for (command, most) in [("error", SHOWN), ("warning", SHOWN), ("notice", SHOWN - 1)] {
        let of_kind = findings
            .iter()
            .filter(|finding| self::command(finding.diagnostic.severity) == Some(command));
        for finding in of_kind.take(most) {
            out.push_str(&annotation(finding, sources, command));
        }
    }
    let sent = out.lines().count();
    let total = findings
        .iter()
        .filter(|finding| command(finding.diagnostic.severity).is_some())
        .count();
    if sent < total {
        let summary = Summary::of(report);
        out.push_str(&format!(
            "::notice title=snell::{total} findings ({} critical, {} high, {} medium, {} low); {sent} are annotated, as many of each kind as GitHub shows\n",
            summary.count(Severity::Critical),
            summary.count(Severity::High),
            summary.count(Severity::Medium),
            summary.count(Severity::Low),
        ));
    }
    out
}

/// The annotation's kind; findings that only inform are not sent.
fn command(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical | Severity::High => Some("error"),
        Severity::Medium => Some("warning"),
        Severity::Low => Some("notice"),
        Severity::Info => None,
    }
}

fn annotation(finding: &Finding, sources: &Sources, command: &str) -> String {
    let diagnostic = &finding.diagnostic;
    let place = Place::of(sources, diagnostic.primary().at);
    let mut message = format!(
        "{}:{}:{}: {}",
        place.file, place.line, place.column, diagnostic.message
    );
    for label in diagnostic.related() {
        let place = Place::of(sources, label.at);
        message.push_str(&format!(
            "\n{}:{}:{}: {}",
            place.file, place.line, place.column, label.text
        ));
    }
    for help in &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    format!(
        "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
        property(place.file),
        place.line,
        place.column,
        place.end_line,
        place.end_column,
        property(&format!("snell ({})", diagnostic.rule.name)),
        data(&message),
    )
}

/// Escapes a command's message. A log viewer is a terminal too: other control
/// characters become visible.
fn data(text: &str) -> String {
    let lines: Vec<String> = text
        .replace('%', "%25")
        .split('\n')
        .map(|line| visible::line(&line.replace('\r', "%0D")).into_owned())
        .collect();
    lines.join("%0A")
}

/// Escapes a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn annotations_are_escaped_and_worst_first() {
        let (report, texts) = sample::report();
        let out = render(&report, &texts.0, &RenderOptions::default());
        assert_eq!(
            out,
            "::error file=apps/api/schema.prisma,line=3,col=3,endLine=3,endColumn=16,title=snell (integrity/nullable-unique)::apps/api/schema.prisma:3:3: `b` | is, nullable: 100%25%0Aapps/api/schema.prisma:2:5: nullable%0Aapps/api/src/b.ts:1:14: the code's [side]%0Amigrations/1/migration.sql:1:8: %0Ahelp: make it required%0Ahelp: or use NULLS NOT DISTINCT\n\
             ::notice file=apps/api/src/b.ts,line=2,col=1,endLine=2,endColumn=7,title=snell (isolation/missing-owner-filter)::apps/api/src/b.ts:2:1: `list` sees all rows\n"
        );
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }

    #[test]
    fn what_github_would_drop_is_counted() {
        let (mut report, texts) = sample::report();
        let many: Vec<_> = std::iter::repeat_n(report.findings[0].clone(), 12).collect();
        report.findings = many;
        let out = render(&report, &texts.0, &RenderOptions::default());
        assert_eq!(out.lines().count(), 11);
        assert!(out.ends_with(
            "::notice title=snell::12 findings (0 critical, 12 high, 0 medium, 0 low); 10 are annotated, as many of each kind as GitHub shows\n"
        ));
    }
}
