//! An audit as one markdown document.

mod appendices;
mod consistency;
mod findings;
mod indexes;
mod lives;
mod migrations;
mod performance;
mod plan;
mod points;
mod recommendations;
mod schema;
mod secrets;
mod security;
mod summary;
mod text;

use snell_source::Sources;

use self::text::Document;
use super::Audit;
use crate::{ErdColumns, ErdFormat, ErdOptions, draw_erd};

/// The first line of every audit that snell wrote: what has it may be replaced.
pub const MARK: &str = "<!-- snell audit: `snell audit --update` replaces this file -->";

/// The first line of every diagram that snell wrote beside an audit.
pub const PICTURE_MARK: &str = "<!-- snell audit: the diagram of its document -->";

pub use summary::first;

/// Writes an audit. `base` leads from the document's folder to the root of the workspace:
/// `../../`, or nothing.
#[must_use]
pub fn render(audit: &Audit, sources: &Sources, base: &str) -> String {
    render_beside(audit, sources, base, None)
}

/// Writes an audit that stands in a folder with a file of the whole diagram.
#[must_use]
pub fn render_beside(
    audit: &Audit,
    sources: &Sources,
    base: &str,
    diagram: Option<&str>,
) -> String {
    let mut out = Document::new(base);
    out.line(MARK);
    out.blank();
    summary::write(&mut out, audit, sources);
    findings::write(&mut out, audit, sources);
    schema::write(&mut out, audit, diagram);
    indexes::write(&mut out, audit);
    consistency::write(&mut out, audit);
    performance::write(&mut out, audit);
    security::write(&mut out, audit);
    plan::write(&mut out, audit);
    recommendations::write(&mut out, audit);
    appendices::write(&mut out, audit, sources);
    out.finish()
}

/// The whole diagram as a picture, with the mark of what snell wrote.
#[must_use]
pub fn diagram(audit: &Audit) -> String {
    let options = ErdOptions {
        columns: ErdColumns::All,
        hub_edges: false,
    };
    format!(
        "{PICTURE_MARK}\n{}",
        draw_erd(&audit.erd, ErdFormat::Svg, &options)
    )
}
