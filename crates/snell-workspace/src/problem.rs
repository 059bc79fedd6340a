//! What could not be found, read or understood: faults of the run, not findings.

use snell_source::{Span, SyntaxError};

use crate::ReadError;

/// One thing that costs a file, shown once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where, relative to the root, fit to be printed: control characters are
    /// escaped and bytes that are not UTF-8 are shown as U+FFFD.
    pub path: String,
    /// What.
    pub kind: ProblemKind,
}

/// What is wrong with a file or folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ProblemKind {
    /// The system refused to list or read it; its words.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Skipped for its size, both in bytes.
    #[error("skipped: {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Bytes on disk.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A FIFO, socket or device with the name of a source file.
    #[error("skipped: not a regular file")]
    NotAFile,
    /// The name is not UTF-8.
    #[error("skipped: its name is not UTF-8")]
    NameNotUtf8,
    /// The name holds control characters, which no report could show faithfully.
    #[error("skipped: its name holds control characters")]
    NameHasControlCharacters,
    /// A symbolic link out of the root: not followed.
    #[error("skipped: a link that leads out of the root")]
    LinkLeadsOut,
    /// A symbolic link to nothing.
    #[error("skipped: a link to a missing file")]
    LinkBroken,
    /// A symbolic link to itself or to a folder that holds it.
    #[error("skipped: a link that leads back to itself")]
    LinkLoops,
    /// Read, with each wrong byte replaced by U+FFFD.
    #[error("is not UTF-8: its invalid bytes were replaced")]
    InvalidUtf8,
    /// A manifest, pipeline or configuration file that could not be understood.
    #[error("cannot be understood: {message}")]
    Invalid {
        /// Where in the file.
        span: Span,
        /// In words for the file's author.
        message: String,
    },
    /// An ignore file with a pattern that means nothing.
    #[error("ignore file: {0}")]
    IgnoreFile(String),
}

impl Problem {
    /// A problem of the file or folder at `path`.
    pub fn new(path: impl AsRef<str>, kind: ProblemKind) -> Self {
        Problem {
            path: printable(path.as_ref()),
            kind,
        }
    }

    /// The problem of a file that could not be understood.
    pub(crate) fn invalid(path: impl AsRef<str>, error: SyntaxError) -> Self {
        Problem::new(
            path,
            ProblemKind::Invalid {
                span: error.span,
                message: error.message,
            },
        )
    }

    /// The problem of a file that could not be read.
    #[must_use]
    pub fn unread(path: impl AsRef<str>, error: ReadError) -> Self {
        let kind = match error {
            ReadError::TooLarge { size, limit } => ProblemKind::TooLarge { size, limit },
            ReadError::NotAFile => ProblemKind::NotAFile,
            ReadError::Outside => ProblemKind::LinkLeadsOut,
            other @ (ReadError::Missing | ReadError::Secret | ReadError::Io(_)) => {
                ProblemKind::Unreadable(other.to_string())
            }
        };
        Problem::new(path, kind)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.kind)
    }
}

/// The path with control characters and direction marks escaped: a file's name
/// must not be able to paint on a terminal.
fn printable(path: &str) -> String {
    let mut shown = String::with_capacity(path.len());
    for c in path.chars() {
        if is_unprintable(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters and the bidirectional controls of Unicode (UAX #9).
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
