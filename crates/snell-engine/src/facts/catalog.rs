//! `snell facts catalog`: the database that the migrations build.

use serde::Serialize;
use snell_project::schema::History;
use snell_sql::{Failure, Names, catalog};

use crate::Analysis;

/// One schema's migrations and what they build.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// The Prisma schema, from the root.
    pub schema: &'a str,
    /// The migrations in Prisma's order.
    pub migrations: Migrations<'a>,
    /// The database after them.
    pub catalog: catalog::CatalogView,
}

/// The migrations of one schema.
#[derive(Debug, Serialize)]
pub struct Migrations<'a> {
    /// In Prisma's order.
    pub list: Vec<Migration<'a>>,
}

/// One migration.
#[derive(Debug, Serialize)]
pub struct Migration<'a> {
    /// The folder's name.
    pub name: &'a str,
    /// `ok`, or `error` when a statement cannot succeed.
    pub status: &'static str,
    /// The statements that cannot succeed.
    pub errors: Vec<Error<'a>>,
    /// What its text names, understood or not.
    pub names: Names,
}

/// A statement that cannot succeed on the state before it.
#[derive(Debug, Serialize)]
pub struct Error<'a> {
    /// PostgreSQL's code.
    pub sqlstate: &'a str,
    /// PostgreSQL's words.
    pub message: &'a str,
    /// Whether nothing undecided came before it.
    pub certain: bool,
    /// The file, from the root.
    pub file: &'a str,
    /// 1-based line of the statement.
    pub line: u32,
    /// The statement.
    pub statement: &'a str,
    /// The other place: what was created before, or depends on it.
    pub related: Option<Related<'a>>,
}

/// The other side of an error.
#[derive(Debug, Serialize)]
pub struct Related<'a> {
    /// The migration.
    pub migration: &'a str,
    /// 1-based line of the statement.
    pub line: u32,
    /// What it did.
    pub message: &'a str,
}

/// One document for each schema with migrations.
#[must_use]
pub fn catalog(analysis: &Analysis) -> Vec<Document<'_>> {
    let schemas = analysis.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| {
            let history = schema.history.as_ref()?;
            Some(Document {
                schema: schema.path.as_str(),
                migrations: migrations(analysis, history),
                catalog: catalog::project(&history.replay.catalog),
            })
        })
        .collect()
}

fn migrations<'a>(analysis: &'a Analysis, history: &'a History) -> Migrations<'a> {
    let list = history.migrations.iter().zip(0u32..);
    Migrations {
        list: list
            .map(|(migration, number)| {
                let failures = history.replay.failures.iter();
                let errors: Vec<Error<'_>> = failures
                    .filter(|failure| failure.statement.migration == number)
                    .map(|failure| error(analysis, history, failure))
                    .collect();
                Migration {
                    name: &migration.name,
                    status: if errors.is_empty() { "ok" } else { "error" },
                    errors,
                    names: snell_sql::names(&analysis.sources.file(migration.file).text),
                }
            })
            .collect(),
    }
}

fn error<'a>(analysis: &'a Analysis, history: &'a History, failure: &'a Failure) -> Error<'a> {
    let at = history.location(failure.statement);
    let file = analysis.sources.file(at.file);
    let related = failure.related.as_ref().and_then(|related| {
        let at = history.location(related.place);
        let migration = history.migrations.get(related.place.migration as usize)?;
        Some(Related {
            migration: &migration.name,
            line: analysis.sources.file(at.file).position(at.span.start).line,
            message: &related.message,
        })
    });
    Error {
        sqlstate: &failure.sqlstate,
        message: &failure.message,
        certain: failure.certain,
        file: file.path.as_str(),
        line: file.position(at.span.start).line,
        statement: at.span.text(&file.text),
        related,
    }
}
