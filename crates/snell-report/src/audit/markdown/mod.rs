//! An audit as one markdown document.

mod about;
mod appendices;
mod by_hand;
mod consistency;
mod findings;
mod indexes;
mod lives;
mod migrations;
mod performance;
mod plan;
mod plan_words;
mod points;
mod recommendations;
mod row_security;
mod schema;
mod secrets;
mod security;
mod summary;
mod text;

use std::collections::BTreeMap;

use snell_source::Sources;

use self::text::Document;
use super::{Audit, pictures};
use crate::{ErdColumns, ErdFormat, ErdOptions, covered::covered, draw_erd};

/// The first line of every audit that snell wrote: what has it may be replaced.
pub const MARK: &str = "<!-- snell audit: `snell audit --update` replaces this file -->";

/// The first line of every picture that snell wrote beside an audit.
pub const PICTURE_MARK: &str = "<!-- snell audit: a picture of its document -->";

pub(super) use plan_words::{STAYS, before, order};
pub(super) use recommendations::{MONITORING, parts};
pub use summary::first;
pub(super) use text::anchor;

/// A picture that stands beside a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Picture {
    /// All tables, with all columns.
    Diagram,
    /// Endpoints by models.
    Isolation,
    /// What one request of each endpoint asks of the database.
    Budget,
}

impl Picture {
    /// What its file is called after: `erd` of `database-audit-erd.svg`.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Picture::Diagram => "erd",
            Picture::Isolation => "isolation",
            Picture::Budget => "budget",
        }
    }
}

/// Writes an audit. `base` leads from the document's folder to the root of the workspace:
/// `../../`, or nothing.
#[must_use]
pub fn render(audit: &Audit, sources: &Sources, base: &str) -> String {
    render_beside(audit, sources, base, &BTreeMap::new())
}

/// Writes an audit that stands in a folder with these files of its pictures.
#[must_use]
pub fn render_beside(
    audit: &Audit,
    sources: &Sources,
    base: &str,
    files: &BTreeMap<Picture, String>,
) -> String {
    let covered = covered(&audit.report.findings, sources);
    let sources = covered.as_ref().unwrap_or(sources);
    let file = |picture| files.get(&picture).map(String::as_str);
    let mut out = Document::new(base);
    out.line(MARK);
    out.blank();
    summary::write(&mut out, audit, sources);
    findings::write(&mut out, audit, sources);
    schema::write(&mut out, audit, file(Picture::Diagram));
    indexes::write(&mut out, audit);
    consistency::write(&mut out, audit, sources);
    performance::write(&mut out, audit, file(Picture::Budget));
    security::write(&mut out, audit, file(Picture::Isolation));
    plan::write(&mut out, audit, sources);
    recommendations::write(&mut out, audit);
    appendices::write(&mut out, audit, sources);
    out.finish()
}

/// The pictures that an audit has something to show in, as SVG, each with the mark of what
/// snell wrote.
#[must_use]
pub fn pictures(audit: &Audit) -> Vec<(Picture, String)> {
    let options = ErdOptions {
        columns: ErdColumns::All,
        hub_edges: false,
    };
    let diagram = draw_erd(&audit.erd, ErdFormat::Svg, &options);
    let drawn = [
        (Picture::Diagram, Some(diagram)),
        (Picture::Isolation, pictures::isolation(audit)),
        (Picture::Budget, pictures::budget(audit)),
    ];
    let shown = drawn.into_iter();
    shown
        .filter_map(|(picture, svg)| Some((picture, format!("{PICTURE_MARK}\n{}", svg?))))
        .collect()
}
