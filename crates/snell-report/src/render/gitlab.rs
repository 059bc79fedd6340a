//! `gitlab`: a Code Quality report.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use serde::Serialize;
use snell_source::{Severity, Sources};

use super::{RenderOptions, place::Place, select};
use crate::Report;

#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: IssueLocation<'a>,
}

#[derive(Serialize)]
struct IssueLocation<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// An array of issues, sorted by position.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let issues: Vec<_> = select::by_position(report, sources, options)
        .into_iter()
        .map(|finding| {
            let diagnostic = &finding.diagnostic;
            let place = Place::of(sources, diagnostic.primary().at);
            Issue {
                description: &diagnostic.message,
                check_name: diagnostic.rule.name,
                fingerprint: &finding.fingerprint,
                severity: severity(diagnostic.severity),
                location: IssueLocation {
                    path: place.file,
                    lines: Lines {
                        begin: place.line,
                        end: place.end_line,
                    },
                },
            }
        })
        .collect();
    super::pretty(&issues)
}

/// GitLab's word: one of `info`, `minor`, `major`, `critical`, `blocker`.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn issues_have_what_gitlab_asks_for() {
        let (report, texts) = sample::report();
        let out = render(&report, &texts.0, &RenderOptions::default());
        let issues: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            issues[0],
            serde_json::json!({
                "description": "`b` | is, nullable: 100%",
                "check_name": "integrity/nullable-unique",
                "fingerprint": "0123456789abcdef0123456789abcdef",
                "severity": "critical",
                "location": { "path": "apps/api/schema.prisma", "lines": { "begin": 3, "end": 3 } }
            })
        );
        assert_eq!(issues.as_array().unwrap().len(), 3);
    }
}
