//! `concise`: one line for each finding, as compilers and editors read it.

use snell_source::Sources;

use super::{RenderOptions, place::Place, select};
use crate::{Report, visible};

/// `path:line:col: severity rule message`, sorted by position.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let mut out = String::new();
    for finding in select::by_position(report, sources, options) {
        let diagnostic = &finding.diagnostic;
        let place = Place::of(sources, diagnostic.primary().at);
        let line = format!(
            "{}:{}:{}: {} {} {}",
            place.file,
            place.line,
            place.column,
            diagnostic.severity.as_str(),
            diagnostic.rule.name,
            diagnostic.message,
        );
        // A path or message with a line break must not make a second line.
        out.push_str(&visible::line(&line));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn one_line_for_each_finding_by_position() {
        let (mut report, texts) = sample::report();
        report.findings[1]
            .diagnostic
            .message
            .push_str("\nforged.ts:1:1: high");
        assert_eq!(
            render(&report, &texts.0, &RenderOptions::default()),
            "apps/api/schema.prisma:3:3: high integrity/nullable-unique `b` | is, nullable: 100%\n\
             apps/api/src/b.ts:1:1: info schema/remark a remark\n\
             apps/api/src/b.ts:2:1: low isolation/missing-owner-filter `list` sees all rows␊forged.ts:1:1: high\n"
        );
    }
}
