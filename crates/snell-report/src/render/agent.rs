//! `agent`: one line for each finding with everything folded in, for programs
//! that read text.

use std::fmt::Write;

use snell_source::Sources;

use super::{RenderOptions, place::Place, select};
use crate::{Report, visible};

/// `path:line:col: severity rule message | label | path:line:col label | help: ...`,
/// sorted by position.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let mut out = String::new();
    for finding in select::by_position(report, sources, options) {
        let diagnostic = &finding.diagnostic;
        let primary = diagnostic.primary();
        let mut line = format!(
            "{}: {} {} {}",
            place(sources, primary),
            diagnostic.severity.as_str(),
            diagnostic.rule.name,
            diagnostic.message,
        );
        if !primary.text.is_empty() {
            let _ = write!(line, " | {}", primary.text);
        }
        for label in diagnostic.related() {
            let _ = write!(line, " | {}", place(sources, label));
            if !label.text.is_empty() {
                let _ = write!(line, ": {}", label.text);
            }
        }
        for help in &diagnostic.help {
            let _ = write!(line, " | help: {help}");
        }
        for note in &diagnostic.notes {
            let _ = write!(line, " | note: {note}");
        }
        out.push_str(&visible::line(&line));
        out.push('\n');
    }
    out
}

fn place(sources: &Sources, label: &snell_source::Label) -> String {
    let place = Place::of(sources, label.at);
    format!("{}:{}:{}", place.file, place.line, place.column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn everything_stands_in_one_line() {
        let (report, texts) = sample::report();
        let out = render(&report, &texts.0, &RenderOptions::default());
        assert_eq!(
            out.lines().next(),
            Some(
                "apps/api/schema.prisma:3:3: high integrity/nullable-unique `b` | is, nullable: 100% | NULL repeats | apps/api/schema.prisma:2:5: nullable | apps/api/src/b.ts:1:14: the code's [side] | migrations/1/migration.sql:1:8 | help: make it required | help: or use NULLS NOT DISTINCT"
            )
        );
        assert_eq!(out.lines().count(), 3);
    }
}
