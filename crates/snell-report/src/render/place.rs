//! Locations as machine formats name them: a path, lines and UTF-16 columns.

use serde::Serialize;
use snell_source::{LineColumn, Location, Sources};

/// A location in the words of machine formats: 1-based lines and UTF-16
/// columns, the end column exclusive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place<'a> {
    /// Relative to the root, with `/`.
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

impl<'a> Place<'a> {
    /// The place of a location; a span beyond the file's end is moved to it.
    pub(crate) fn of(sources: &'a Sources, at: Location) -> Self {
        let file = sources.file(at.file);
        let LineColumn { line, column } = file.position(at.span.start);
        let end = file.position(at.span.end);
        Place {
            file: file.path.as_str(),
            line,
            column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}
