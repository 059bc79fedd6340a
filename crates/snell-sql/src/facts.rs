//! The documents that `snell facts` prints about SQL: plain data with the keys of a real
//! server's catalog, in the order of their sources.

use serde::Serialize;
use snell_source::SourceFile;

use crate::catalog::document::CatalogView;
use crate::catalog::{Place, project};
use crate::replay::{Failure, Note, NoteKind, OnFailure, Replay};

/// What `snell facts catalog` prints for one list of migrations.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogFacts {
    /// How the replay went.
    pub migrations: MigrationsView,
    /// The database that it left.
    pub catalog: CatalogView,
}

/// How a replay went.
#[derive(Debug, Clone, Serialize)]
pub struct MigrationsView {
    /// How many migrations there are.
    pub count: usize,
    /// How many ran without an error.
    pub ok: usize,
    /// How many did not.
    pub failed: usize,
    /// What happened after an error: `statement` (left out, the rest of the file runs),
    /// `file` (the file is left out), `stop` (nothing runs any more).
    pub policy: &'static str,
    /// Each migration, in the order of the replay.
    pub list: Vec<MigrationView>,
}

/// How one migration went.
#[derive(Debug, Clone, Serialize)]
pub struct MigrationView {
    /// Its folder's name.
    pub name: String,
    /// `ok`, `error`, or `not_tried` after a stop.
    pub status: &'static str,
    /// Its statements that cannot succeed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorView>,
    /// What could not be decided without a server, or was left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteView>,
}

/// A statement that cannot succeed on the state before it.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorView {
    /// PostgreSQL's error code.
    pub sqlstate: String,
    /// PostgreSQL's words.
    pub message: String,
    /// The line, from 1, of the part that fails.
    pub line: u32,
    /// The column, from 1, in UTF-16 units.
    pub column: u32,
    /// The whole statement, as written.
    pub statement: String,
    /// False when an earlier statement could not be followed, so that this one may succeed.
    pub certain: bool,
    /// Where the object was created first, or dropped, or what depends on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<RelatedView>,
}

/// The other side of an error.
#[derive(Debug, Clone, Serialize)]
pub struct RelatedView {
    /// The migration's name.
    pub migration: String,
    /// The line, from 1.
    pub line: u32,
    /// What happened there.
    pub message: String,
}

/// What a reader of the catalog should know.
#[derive(Debug, Clone, Serialize)]
pub struct NoteView {
    /// `foreign-dialect`, `undecided`, `in-transaction` or `unknown-extension`.
    pub kind: &'static str,
    /// The dialect, the error code or the extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The line of the statement, from 1.
    pub line: u32,
}

/// Lays a replay out. `migrations` are the names and files that were replayed, in that order.
#[must_use]
pub fn catalog_facts(
    migrations: &[(&str, &SourceFile)],
    on_failure: OnFailure,
    replay: &Replay,
) -> CatalogFacts {
    let stopped = match on_failure {
        OnFailure::Stop => replay.failures.first().map(|f| f.statement.migration),
        _ => None,
    };
    let list: Vec<MigrationView> = (0_u32..)
        .zip(migrations)
        .map(|(index, (name, file))| {
            let errors: Vec<ErrorView> = replay
                .failures
                .iter()
                .filter(|failure| failure.statement.migration == index)
                .map(|failure| error_view(migrations, file, failure))
                .collect();
            MigrationView {
                name: (*name).to_owned(),
                status: match stopped {
                    Some(stopped) if index > stopped => "not_tried",
                    _ if errors.is_empty() => "ok",
                    _ => "error",
                },
                errors,
                notes: replay
                    .notes
                    .iter()
                    .filter(|note| note.place.migration == index)
                    .map(|note| note_view(file, note))
                    .collect(),
            }
        })
        .collect();
    let with = |status: &str| list.iter().filter(|m| m.status == status).count();
    CatalogFacts {
        migrations: MigrationsView {
            count: list.len(),
            ok: with("ok"),
            failed: with("error"),
            policy: match on_failure {
                OnFailure::Statement => "statement",
                OnFailure::File => "file",
                OnFailure::Stop => "stop",
            },
            list,
        },
        catalog: project(&replay.catalog),
    }
}

fn error_view(
    migrations: &[(&str, &SourceFile)],
    file: &SourceFile,
    failure: &Failure,
) -> ErrorView {
    let at = file.position(failure.span.start);
    ErrorView {
        sqlstate: failure.sqlstate.to_string(),
        message: failure.message.clone(),
        line: at.line,
        column: at.column,
        statement: failure.statement.span.text(&file.text).to_owned(),
        certain: failure.certain,
        related: failure.related.as_ref().and_then(|related| {
            let Place { migration, span } = related.place;
            let (name, file) = migrations.get(migration as usize)?;
            Some(RelatedView {
                migration: (*name).to_owned(),
                line: file.position(span.start).line,
                message: related.message.clone(),
            })
        }),
    }
}

fn note_view(file: &SourceFile, note: &Note) -> NoteView {
    let (kind, detail) = match &note.kind {
        NoteKind::Foreign(dialect) => ("foreign-dialect", Some(dialect.name().to_owned())),
        NoteKind::Undecided => ("undecided", None),
        NoteKind::InTransaction { sqlstate, .. } => ("in-transaction", Some(sqlstate.to_string())),
        NoteKind::UnknownExtension(name) => ("unknown-extension", Some(name.to_string())),
    };
    NoteView {
        kind,
        detail,
        line: file.position(note.place.span.start).line,
    }
}
