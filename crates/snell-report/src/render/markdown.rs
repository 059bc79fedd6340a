//! `markdown`: a table of findings, for job summaries and comments.

use snell_source::{Severity, Sources};

use super::{RenderOptions, place::Place, select};
use crate::{Report, Summary, visible};

/// A heading, the counts, and one row for each finding, worst first.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let findings = select::by_weight(report, sources, options);
    let summary = Summary::of(report);
    let mut out = format!("## snell: {}\n\n", cell(&report.workspace));
    if findings.is_empty() {
        out.push_str("No problems found.\n");
    } else {
        let counts: Vec<_> = Severity::WORST_FIRST
            .into_iter()
            .map(|severity| (severity, summary.count(severity)))
            .filter(|(_, n)| *n > 0)
            .map(|(severity, n)| format!("{n} {}", severity.as_str()))
            .collect();
        if !counts.is_empty() {
            out.push_str(&format!("{}.\n\n", counts.join(", ")));
        }
        out.push_str("| Severity | Confidence | Rule | Where | Finding |\n|---|---|---|---|---|\n");
    }
    for finding in findings {
        let diagnostic = &finding.diagnostic;
        let place = Place::of(sources, diagnostic.primary().at);
        let mut text = cell(&diagnostic.message);
        for help in &diagnostic.help {
            text.push_str(&format!("<br>help: {}", cell(help)));
        }
        if !finding.is_active() {
            text.push_str(if finding.baselined {
                "<br>(in the baseline)"
            } else {
                "<br>(suppressed)"
            });
        }
        out.push_str(&format!(
            "| {} | {} | [{rule}]({}) | {} | {text} |\n",
            diagnostic.severity.as_str(),
            diagnostic.confidence.as_str(),
            report.tool.docs_url(diagnostic.rule.name),
            cell(&format!("{}:{}:{}", place.file, place.line, place.column)),
            rule = diagnostic.rule.name,
        ));
    }
    out
}

/// Text in one cell of a table: no pipe, no line break, no HTML; code spans are kept.
fn cell(text: &str) -> String {
    visible::line(text)
        .replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('␊', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn rows_are_findings_worst_first() {
        let (report, texts) = sample::report();
        let options = RenderOptions {
            show_suppressed: true,
            ..RenderOptions::default()
        };
        assert_eq!(
            render(&report, &texts.0, &options),
            "## snell: shop

1 high, 1 low, 1 info.

| Severity | Confidence | Rule | Where | Finding |
|---|---|---|---|---|
| high | certain | [integrity/nullable-unique](https://snell.dev/rules/integrity/nullable-unique) | apps/api/schema.prisma:3:3 | `b` \\| is, nullable: 100%<br>help: make it required<br>help: or use NULLS NOT DISTINCT |
| low | certain | [index/redundant](https://snell.dev/rules/index/redundant) | apps/api/schema.prisma:2:3 | suppressed<br>(suppressed) |
| low | certain | [index/redundant](https://snell.dev/rules/index/redundant) | apps/api/src/b.ts:1:1 | known<br>(in the baseline) |
| low | likely | [isolation/missing-owner-filter](https://snell.dev/rules/isolation/missing-owner-filter) | apps/api/src/b.ts:2:1 | `list` sees all rows |
| info | certain | [schema/remark](https://snell.dev/rules/schema/remark) | apps/api/src/b.ts:1:1 | a remark |
"
        );
    }

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(cell("a|b\n<script>&\\"), "a\\|b &lt;script>&amp;\\\\");
    }
}
