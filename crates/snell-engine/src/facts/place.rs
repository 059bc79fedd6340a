//! Where something stands, as the documents say it.

use serde::Serialize;
use snell_source::Location;

use crate::Analysis;

/// A file and a position in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place<'a> {
    /// From the root.
    pub file: &'a str,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 units.
    pub column: u32,
}

impl<'a> Place<'a> {
    /// The beginning of a location.
    #[must_use]
    pub fn of(analysis: &'a Analysis, at: Location) -> Self {
        let file = analysis.sources.file(at.file);
        let position = file.position(at.span.start);
        Place {
            file: file.path.as_str(),
            line: position.line,
            column: position.column,
        }
    }
}
