//! Which migrations are new. Databases remember the migrations that they ran, and so nobody may
//! change those: rules about a migration's text judge the others alone.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use snell_project::schema::Age;

use crate::git::Changes;

/// Which migrations are new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NewMigrations {
    /// Those after the one that `migrationsAfter` of the configuration names; none without it.
    #[default]
    Configured,
    /// Those that a change adds or edits.
    Changed(Changes),
    /// All of them.
    All,
}

impl NewMigrations {
    /// How old a migration is: the file at `path`, in the folder called `name`.
    pub(crate) fn age(&self, path: &Utf8Path, name: &str, after: Option<&str>) -> Age {
        match self {
            NewMigrations::All => Age::New,
            NewMigrations::Changed(changes) if changes.edited.contains(path) => Age::Edited,
            NewMigrations::Changed(changes) if changes.added.contains(path) => Age::New,
            NewMigrations::Configured if after.is_some_and(|after| name > after) => Age::New,
            _ => Age::Applied,
        }
    }

    /// The files that a change takes away.
    pub(crate) fn removed(&self) -> &BTreeSet<Utf8PathBuf> {
        static NONE: BTreeSet<Utf8PathBuf> = BTreeSet::new();
        match self {
            NewMigrations::Changed(changes) => &changes.removed,
            NewMigrations::Configured | NewMigrations::All => &NONE,
        }
    }

    /// Whether the new migrations reach the databases together: with all of them new, each was
    /// run on its own at some time.
    pub(crate) fn together(&self) -> bool {
        *self != NewMigrations::All
    }
}
