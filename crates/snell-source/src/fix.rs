//! Fixes: changes that would remove a finding, as plain data.

use crate::Location;

/// A change that would remove a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// Whether it may be applied unasked.
    pub applicability: Applicability,
    /// The edits; none overlap.
    pub edits: Vec<Edit>,
    /// The migration that belongs to the edits: both are written, or neither.
    pub migration: Option<NewMigration>,
}

/// Whether a fix keeps the meaning of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applicability {
    /// `--fix` applies it.
    Safe,
    /// `--fix --unsafe-fixes` applies it.
    Unsafe,
}

/// The text at a location, replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub at: Location,
    /// The new text.
    pub replacement: String,
}

/// A migration that is not there yet. Whoever writes it gives it its place in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMigration {
    /// The folder of all migrations, from the root.
    pub folder: String,
    /// What it does, as the end of its folder's name: `add_note_author_idx`.
    pub name: String,
    /// Its text.
    pub sql: String,
}

impl Fix {
    /// A fix that keeps what the code does.
    #[must_use]
    pub fn safe(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Fix {
            title: title.into(),
            applicability: Applicability::Safe,
            edits,
            migration: None,
        }
    }

    /// A fix that says what was probably meant: somebody looks at it.
    #[must_use]
    pub fn suggested(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Fix {
            applicability: Applicability::Unsafe,
            ..Fix::safe(title, edits)
        }
    }

    /// A change of a schema with the migration that brings the database there.
    #[must_use]
    pub fn with_migration(
        title: impl Into<String>,
        edits: Vec<Edit>,
        migration: NewMigration,
    ) -> Self {
        Fix {
            title: title.into(),
            applicability: Applicability::Unsafe,
            edits,
            migration: Some(migration),
        }
    }
}
