//! What goes into a replay and what comes out of it.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::Unsettled;
use crate::ast::{Dialect, Statement};
use crate::catalog::{Catalog, Place};
use crate::parse::Parse;

/// One migration: its name and what it says.
#[derive(Debug, Clone, Copy)]
pub struct Migration<'a> {
    /// The folder's name.
    pub name: &'a str,
    /// Its parsed text.
    pub parse: &'a Parse,
    /// Whether the state before each of its statements is kept.
    pub traced: bool,
}

/// What happens after a statement that cannot succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OnFailure {
    /// The statement is left out, the rest of its file runs, each statement for itself.
    #[default]
    Statement,
    /// The file is left out as a whole, the next one runs.
    File,
    /// The file is left out as a whole and nothing runs after it: what a deploy leaves.
    Stop,
}

/// What the migrations built and what could not run.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The database afterwards.
    pub catalog: Catalog,
    /// Statements that cannot succeed, in order.
    pub failures: Vec<Failure>,
    /// What the replay could not decide, or left out.
    pub notes: Vec<Note>,
    /// The objects that failures and undecided statements leave open.
    pub unsettled: Unsettled,
    /// The statements of the traced migrations that ran, in order.
    pub steps: Vec<Step>,
}

/// A statement of a traced migration, with the state that it met.
#[derive(Debug, Clone)]
pub struct Step {
    /// The statement of the file.
    pub place: Place,
    /// What ran: that statement, or one inside its `DO` block.
    pub statement: Statement,
    /// Where that stands in the file; a text that is executed stands where its words do.
    pub span: Span,
    /// What of the database the statement names, as it was before: its relations with their
    /// indexes, and the types of those and of the statement.
    pub before: Catalog,
    /// Whether it may not have run.
    pub maybe: bool,
    /// Whether it ran without a failure.
    pub ran: bool,
}

/// A statement that cannot succeed on the state before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The statement: migration and bytes.
    pub statement: Place,
    /// The part of it that fails.
    pub span: Span,
    /// PostgreSQL's error code.
    pub sqlstate: SmolStr,
    /// PostgreSQL's words.
    pub message: String,
    /// The other side: where the object was created first, or dropped, or what depends on it.
    pub related: Option<Related>,
    /// False when an earlier statement could not be followed, so that this one may succeed.
    pub certain: bool,
}

/// The other side of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What it did.
    pub message: String,
}

/// Something that a reader of the catalog should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The statement.
    pub place: Place,
    /// What about it.
    pub kind: NoteKind,
}

/// What a note says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoteKind {
    /// A file of another database's SQL: left out.
    Foreign(Dialect),
    /// A condition or a text that only the running server knows.
    Undecided,
    /// A statement that cannot run inside the transaction that a file of several statements
    /// is. It fails in a deploy, though each of the statements could run alone.
    InTransaction {
        /// The SQLSTATE that it gets there: 25001, 55P04.
        sqlstate: SmolStr,
        /// The part of the statement that fails.
        span: Span,
        /// What else in the transaction makes it fail.
        related: Option<Related>,
    },
    /// An extension whose contents are not known.
    UnknownExtension(SmolStr),
    /// `IF [NOT] EXISTS` made the statement, or a part of it, do nothing.
    NoEffect {
        /// The object's own name.
        name: SmolStr,
        /// The part of the statement that does nothing.
        span: Span,
        /// Why.
        reason: NoEffect,
    },
}

/// Why a statement does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoEffect {
    /// What it drops is not there.
    NothingToDrop,
    /// What it drops as a constraint is an index.
    NoConstraint,
    /// What it creates is there already, perhaps with another shape.
    ThereAlready,
}
