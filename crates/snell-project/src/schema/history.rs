//! The migrations of a schema, replayed.

use snell_source::{FileId, Location, Span};
use snell_sql::{Parse, Replay, catalog::Place};

/// The migrations of one schema in Prisma's order, and the database that they build.
#[derive(Debug)]
pub struct History {
    /// The migrations, in the order in which they run.
    pub migrations: Vec<MigrationFile>,
    /// What they build, and what of them cannot run.
    pub replay: Replay,
}

/// One `migration.sql`.
#[derive(Debug)]
pub struct MigrationFile {
    /// The folder's name.
    pub name: String,
    /// The text.
    pub file: FileId,
    /// What it says.
    pub parse: Parse,
}

impl History {
    /// The statement at a place of the replay, as a location of the run.
    #[must_use]
    pub fn location(&self, place: Place) -> Location {
        self.within(place, place.span)
    }

    /// A part of the statement at a place, as a location of the run.
    #[must_use]
    pub fn within(&self, place: Place, span: Span) -> Location {
        let migration = self.migrations.get(place.migration as usize);
        Location::new(migration.map(|found| found.file).unwrap_or_default(), span)
    }
}
