//! The migrations of a schema, replayed.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_source::{FileId, Location, Span};
use snell_sql::{
    NoteKind, Parse, Replay, Step,
    ast::{AlterActionKind, ColumnDefinition, Constraint, Statement, StatementKind},
    catalog::{Expected, Place, Relation, RelationId, Table},
    drift::{Difference, DriftKind},
};

/// The migrations of one schema in Prisma's order, and the database that they build.
#[derive(Debug)]
pub struct History {
    /// The migrations, in the order in which they run.
    pub migrations: Vec<MigrationFile>,
    /// What they build, and what of them cannot run.
    pub replay: Replay,
    /// Where that departs from what the schema describes.
    pub drift: Drift,
    /// Whether the new migrations reach the databases in one go, so that the tables which one
    /// of them creates are empty when the next one runs.
    pub together: bool,
    /// SQL files below the folder that Prisma does not run, with whether each is new.
    pub strays: Vec<(FileId, bool)>,
    /// Where tables are found by their names.
    pub named: Named,
}

/// The first table of each name, whatever its schema; found when it is first asked for.
#[derive(Debug, Default)]
pub struct Named(OnceLock<FxHashMap<SmolStr, RelationId>>);

/// How a migration stands to the databases that are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Databases have run it: nobody may change it any more.
    Applied,
    /// No database that matters has run it.
    New,
    /// Databases have run another text of it.
    Edited,
}

/// Where the database that migrations build departs from the one that a schema describes.
#[derive(Debug, Default)]
pub struct Drift {
    /// The database that the schema describes. Its places are those of the schema's files:
    /// the number of the migration is that of the file.
    pub expected: Expected,
    /// The differences, in the order of the objects' names.
    pub differences: Vec<Difference>,
}

/// One `migration.sql`.
#[derive(Debug)]
pub struct MigrationFile {
    /// The folder's name.
    pub name: String,
    /// The text.
    pub file: FileId,
    /// What it says.
    pub parse: Arc<Parse>,
    /// Whether databases have run it.
    pub age: Age,
}

impl MigrationFile {
    /// Whether its text is judged: it can still be changed, or was.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.age != Age::Applied
    }
}

impl History {
    /// The first table of this name, in the order of creation and whatever its schema.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<(&Relation, &Table)> {
        let catalog = &self.replay.catalog;
        let named = self.named.0.get_or_init(|| {
            let mut named = FxHashMap::default();
            for (relation, _) in catalog.tables() {
                named.entry(relation.name.clone()).or_insert(relation.id);
            }
            named
        });
        let id = *named.get(name)?;
        Some((catalog.relation(id)?, catalog.table(id)?))
    }

    /// Whether rules about the text of migrations judge this one.
    #[must_use]
    pub fn is_new(&self, migration: u32) -> bool {
        let migration = self.migrations.get(migration as usize);
        migration.is_some_and(MigrationFile::is_new)
    }

    /// The statements of new migrations, each with the state that it met.
    pub fn new_steps(&self) -> impl Iterator<Item = (&MigrationFile, &Step)> {
        self.replay.steps.iter().filter_map(|step| {
            let migration = self.migrations.get(step.place.migration as usize)?;
            Some((migration, step))
        })
    }

    /// Whether nothing that matters can be in what `created` made when `migration` runs: it was
    /// made by the same migration, or by one that reaches the databases with it.
    #[must_use]
    pub fn is_fresh(&self, created: Place, migration: u32) -> bool {
        created.migration == migration || self.together && self.is_new(created.migration)
    }

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

    /// Whether a difference may come of a statement that could not be replayed: then the
    /// database that runs may well be what the schema says.
    #[must_use]
    pub fn is_doubted(&self, difference: &Difference) -> bool {
        let open = &self.replay.unsettled;
        match (&difference.table, &difference.object) {
            (Some(table), Some(object)) => open.part(table, object),
            (Some(table), None) if difference.kind == DriftKind::PrimaryKey => {
                open.part(table, &format!("{table}_pkey"))
            }
            (Some(table), None) => open.relation(table),
            (None, Some(name)) => open.type_named(name),
            (None, None) => open.everything,
        }
    }

    /// Whether migrations were left out because they are another database's.
    #[must_use]
    pub fn has_foreign(&self) -> bool {
        let mut notes = self.replay.notes.iter();
        notes.any(|note| matches!(note.kind, NoteKind::Foreign(_)))
    }

    /// The part of the statement at a place that is about a column, constraint, index, enum
    /// value or the relation itself; the whole statement where there is none.
    #[must_use]
    pub fn part(&self, place: Place, name: &str) -> Location {
        let statement = self
            .migrations
            .get(place.migration as usize)
            .and_then(|migration| {
                let mut statements = migration.parse.statements.iter();
                statements.find(|statement| statement.span == place.span)
            });
        let part = statement.and_then(|statement| part_of(statement, name));
        self.within(place, part.unwrap_or(place.span))
    }
}

/// The smallest part of a statement that shapes what `name` names.
fn part_of(statement: &Statement, name: &str) -> Option<Span> {
    let column = |column: &ColumnDefinition| {
        (column.name.text == name || column.constraints.iter().any(|c| is_named(c, name)))
            .then_some(column.span)
    };
    let constraint =
        |constraint: &Constraint| is_named(constraint, name).then_some(constraint.span);
    match &statement.kind {
        StatementKind::CreateTable(create) => create
            .columns
            .iter()
            .find_map(column)
            .or_else(|| create.constraints.iter().find_map(constraint))
            .or(Some(create.name.span())),
        StatementKind::AlterTable(alter) => alter.actions.iter().find_map(|action| {
            let about = match &action.kind {
                AlterActionKind::AddColumn(definition, _) => column(definition).is_some(),
                AlterActionKind::AddConstraint(added) => is_named(added, name),
                AlterActionKind::AlterColumn(changed, _) => changed.text == name,
                AlterActionKind::RenameColumn(_, new)
                | AlterActionKind::RenameConstraint(_, new)
                | AlterActionKind::RenameTo(new) => new.text == name,
                _ => false,
            };
            about.then_some(action.span)
        }),
        StatementKind::CreateView(create) => Some(create.name.span()),
        StatementKind::CreateTableAs(create) => Some(create.name.span()),
        _ => None,
    }
}

fn is_named(constraint: &Constraint, name: &str) -> bool {
    constraint.name.as_ref().is_some_and(|own| own.text == name)
}
