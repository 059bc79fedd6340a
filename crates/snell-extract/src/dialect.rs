//! Which of the two grammars reads a file.

use snell_source::FileKind;

/// The syntax of a file: `<T>a` is a cast in one dialect and an element in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// `.ts`, `.mts`, `.cts` and their declaration files.
    TypeScript,
    /// `.tsx`, and JavaScript of every kind, which may hold JSX and has no casts.
    Tsx,
}

impl Dialect {
    /// The dialect of a kind of file; `None` for what is no script.
    #[must_use]
    pub fn of(kind: FileKind) -> Option<Dialect> {
        match kind {
            FileKind::TypeScript | FileKind::Declarations => Some(Dialect::TypeScript),
            FileKind::Tsx | FileKind::JavaScript => Some(Dialect::Tsx),
            _ => None,
        }
    }
}
