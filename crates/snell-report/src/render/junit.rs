//! `junit`: JUnit XML, one suite for each file.
//!
//! There is no standard; this is what Jenkins, GitLab and CircleCI read
//! (<https://github.com/testmoapp/junitxml>).

use std::collections::BTreeMap;
use std::fmt::Write;

use snell_source::{Severity, Sources};

use super::{RenderOptions, place::Place, select};
use crate::{Finding, Report};

/// Findings as failed tests, those of low severity as skipped ones. A report
/// without findings holds one test that passed, since some readers refuse none.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let findings = select::by_position(report, sources, options);
    let mut suites: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &findings {
        let file = sources.file(finding.diagnostic.primary().at.file);
        suites.entry(file.path.as_str()).or_default().push(finding);
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"snell\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
        findings.len().max(1),
        failures(&findings)
    );
    if findings.is_empty() {
        out.push_str("  <testsuite name=\"snell\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n    <testcase name=\"no problems found\" classname=\"snell\"/>\n  </testsuite>\n");
    }
    for (path, findings) in suites {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
            escape(path),
            findings.len(),
            failures(&findings),
            of(&findings, Severity::Low),
        );
        for finding in findings {
            case(&mut out, finding, sources);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn failures(findings: &[&Finding]) -> usize {
    findings
        .iter()
        .filter(|finding| finding.diagnostic.severity >= Severity::Medium)
        .count()
}

fn of(findings: &[&Finding], severity: Severity) -> usize {
    findings
        .iter()
        .filter(|finding| finding.diagnostic.severity == severity)
        .count()
}

fn case(out: &mut String, finding: &Finding, sources: &Sources) {
    let diagnostic = &finding.diagnostic;
    let place = Place::of(sources, diagnostic.primary().at);
    let (rule, message) = (escape(diagnostic.rule.name), escape(&diagnostic.message));
    let (file, line) = (escape(place.file), place.line);
    let _ = writeln!(
        out,
        "    <testcase name=\"{rule} at {line}:{}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\">",
        place.column
    );
    let severity = diagnostic.severity.as_str();
    let _ = match diagnostic.severity {
        Severity::Low => writeln!(out, "      <skipped message=\"{message}\"/>"),
        Severity::Info => writeln!(out, "      <system-out>{message}</system-out>"),
        Severity::Critical | Severity::High | Severity::Medium => writeln!(
            out,
            "      <failure message=\"{message}\" type=\"{severity}\">{}</failure>",
            escape(&details(finding, sources))
        ),
    };
    out.push_str("    </testcase>\n");
}

/// The labels and helps of a finding, a line each.
fn details(finding: &Finding, sources: &Sources) -> String {
    let labels = finding.diagnostic.labels.iter().map(|label| {
        let place = Place::of(sources, label.at);
        format!(
            "{}:{}:{}: {}",
            place.file, place.line, place.column, label.text
        )
    });
    let helps = finding
        .diagnostic
        .help
        .iter()
        .map(|help| format!("help: {help}"));
    labels.chain(helps).collect::<Vec<_>>().join("\n")
}

/// Escapes text for XML 1.0, which cannot hold most control characters at all.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn suites_are_files_and_severities_decide_the_outcome() {
        let (report, texts) = sample::report();
        let out = render(&report, &texts.0, &RenderOptions::default());
        assert_eq!(
            out,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="snell" tests="3" failures="1" errors="0">
  <testsuite name="apps/api/schema.prisma" tests="1" failures="1" errors="0" skipped="0">
    <testcase name="integrity/nullable-unique at 3:3" classname="apps/api/schema.prisma" file="apps/api/schema.prisma" line="3">
      <failure message="`b` | is, nullable: 100%" type="high">apps/api/schema.prisma:3:3: NULL repeats&#10;apps/api/schema.prisma:2:5: nullable&#10;apps/api/src/b.ts:1:14: the code's [side]&#10;migrations/1/migration.sql:1:8: &#10;help: make it required&#10;help: or use NULLS NOT DISTINCT</failure>
    </testcase>
  </testsuite>
  <testsuite name="apps/api/src/b.ts" tests="2" failures="0" errors="0" skipped="1">
    <testcase name="schema/remark at 1:1" classname="apps/api/src/b.ts" file="apps/api/src/b.ts" line="1">
      <system-out>a remark</system-out>
    </testcase>
    <testcase name="isolation/missing-owner-filter at 2:1" classname="apps/api/src/b.ts" file="apps/api/src/b.ts" line="2">
      <skipped message="`list` sees all rows"/>
    </testcase>
  </testsuite>
</testsuites>
"#
        );
    }

    #[test]
    fn xml_cannot_be_broken() {
        assert_eq!(
            escape("<a b=\"&\">\u{1b}\n"),
            "&lt;a b=&quot;&amp;&quot;&gt;\u{fffd}&#10;"
        );
    }
}
