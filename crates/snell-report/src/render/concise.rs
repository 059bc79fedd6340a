//! `concise`: one line for each finding, as compilers and editors read it.

use std::fmt::Write;

use snell_source::Sources;

use super::{RenderOptions, place::Place, select};
use crate::Report;

/// `path:line:col: severity rule message`, sorted by position.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let mut out = String::new();
    for finding in select::by_position(report, sources, options) {
        let diagnostic = &finding.diagnostic;
        let place = Place::of(sources, diagnostic.primary().at);
        let _ = writeln!(
            out,
            "{}:{}:{}: {} {} {}",
            place.file,
            place.line,
            place.column,
            diagnostic.severity.as_str(),
            diagnostic.rule.name,
            diagnostic.message,
        );
    }
    out
}
