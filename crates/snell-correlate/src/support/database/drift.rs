//! Where migrations depart from a schema: what rules may believe of it, and where to point.

use snell_prisma::{Datamodel, Enum, Field, Model, Place};
use snell_project::schema::{History, Schema};
use snell_source::{Confidence, Location};
use snell_sql::{
    NoEffect, NoteKind,
    ast::{AlterActionKind, ObjectKind, Statement, StatementKind},
    catalog, drift,
    drift::{Difference, DriftKind, Weight},
};

use crate::rule::Context;

/// Tables that may be missing before their number says something else.
pub(crate) const FEW: usize = 4;

/// Why differences of tables that are there weigh less, where most are not.
pub(crate) const MOSTLY_UNMADE: &str =
    "most tables of the schema are made by no migration, which is told by itself";

/// A schema and the database that its migrations build.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    /// What describes.
    pub schema: &'a Schema,
    /// What builds.
    pub history: &'a History,
}

/// The schemas whose migrations can be compared with them: those without errors of their
/// own, whose migrations are all PostgreSQL's.
pub(crate) fn compared<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Sides<'a>> {
    let schemas = context.project.schemas.iter();
    schemas.filter_map(|(_, schema)| {
        let history = schema.history.as_ref()?;
        let broken = context
            .schema_errors
            .iter()
            .any(|(file, _)| schema.files.contains(file));
        (!broken && !history.has_foreign()).then_some(Sides { schema, history })
    })
}

/// A place with words.
pub(crate) type Evidence = (Location, String);

impl<'a> Sides<'a> {
    /// The drift that can be believed: certain, and not left open by what could not be replayed.
    pub(crate) fn differences(self) -> impl Iterator<Item = &'a Difference> {
        let differences = self.history.drift.differences.iter();
        differences.filter(move |difference| {
            difference.weight == Weight::Core && !self.history.is_doubted(difference)
        })
    }

    /// How sure a finding can be: a database whose migrations fail is not made by them alone.
    pub(crate) fn confidence(self) -> Confidence {
        if self.history.replay.failures.is_empty() {
            Confidence::Certain
        } else {
            Confidence::Likely
        }
    }

    /// The tables that no migration makes, where they are so many that the migrations do not begin with an
    /// empty database.
    pub(crate) fn unmade(self) -> Option<Vec<&'a Difference>> {
        let tables = self.tables();
        let missing = self
            .differences()
            .filter(|difference| difference.kind == DriftKind::TableMissingInDb);
        let missing: Vec<_> = missing.collect();
        (missing.len() > FEW && missing.len() * 2 >= tables).then_some(missing)
    }

    /// Whether more tables are made by no migration than anybody forgets.
    pub(crate) fn lacks_many(self) -> bool {
        let missing = self
            .differences()
            .filter(|difference| difference.kind == DriftKind::TableMissingInDb);
        missing.count() > FEW
    }

    /// How many tables the schema declares.
    pub(crate) fn tables(self) -> usize {
        self.history.drift.expected.catalog.tables().count()
    }

    fn datamodel(self) -> &'a Datamodel {
        &self.schema.datamodel
    }

    /// The model of a difference's table.
    pub(crate) fn model(self, difference: &Difference) -> Option<&'a Model> {
        let table = difference.table.as_deref()?;
        let mut models = self.datamodel().models().iter();
        models.find(|model| {
            let schema = model.schema.as_ref().map_or("public", |s| s.name.as_str());
            is_name(&model.db_name, table) && difference.schema == schema
        })
    }

    /// The field of a difference's column.
    pub(crate) fn field(self, difference: &Difference) -> Option<&'a Field> {
        let column = difference.object.as_deref()?;
        let mut fields = self.model(difference)?.columns();
        fields.find(|field| is_name(&field.db_name, column))
    }

    /// The enum of a difference.
    pub(crate) fn enumeration(self, difference: &Difference) -> Option<&'a Enum> {
        let name = difference.object.as_deref()?;
        let mut enums = self.datamodel().enums().iter();
        enums.find(|entry| is_name(&entry.db_name, name))
    }

    /// Where the schema says something.
    pub(crate) fn declared(self, place: catalog::Place) -> Location {
        self.schema.location(Place {
            file: place.migration as usize,
            span: place.span,
        })
    }

    /// Where the schema declares what a difference is about.
    pub(crate) fn declaration(self, difference: &Difference) -> Option<Location> {
        Some(self.declared(difference.expected_at?))
    }

    /// The part of a statement that shaped what a difference is about.
    pub(crate) fn shaping(self, difference: &Difference) -> Option<Location> {
        let place = difference.actual_at?;
        let name = difference.object.as_deref().unwrap_or_default();
        Some(self.history.part(place, name))
    }

    /// The statements that end a difference.
    pub(crate) fn cure(self, difference: &Difference) -> Option<Vec<String>> {
        let (expected, actual) = (&self.history.drift.expected, &self.history.replay.catalog);
        drift::cure(difference, expected, actual)
    }

    /// The table of a difference on the side of the schema.
    pub(crate) fn wanted(self, difference: &Difference) -> Option<&'a catalog::Table> {
        table(&self.history.drift.expected.catalog, difference)
    }

    /// The table of a difference on the side of the migrations.
    pub(crate) fn built(self, difference: &Difference) -> Option<&'a catalog::Table> {
        table(&self.history.replay.catalog, difference)
    }

    /// Whether a foreign key or an index is missing because something else is: one of its columns, or
    /// the table that it points to.
    pub(crate) fn follows(self, difference: &Difference, cause: &Difference) -> bool {
        let is_key = difference.kind == DriftKind::FkMissingInDb;
        if !is_key && difference.kind != DriftKind::IndexMissingInDb {
            return false;
        }
        match cause.kind {
            DriftKind::ColumnMissingInDb => {
                let same = (&cause.schema, &cause.table) == (&difference.schema, &difference.table);
                same && cause.object.as_deref().is_some_and(|column| {
                    self.wanted_columns(difference)
                        .any(|own| own.name == column)
                })
            }
            DriftKind::TableMissingInDb if is_key => {
                let target = self.wanted_target(difference);
                target.is_some_and(|target| cause.table.as_deref() == Some(target))
            }
            _ => false,
        }
    }

    /// The columns of a key or an index of the schema.
    fn wanted_columns(self, difference: &Difference) -> impl Iterator<Item = &'a catalog::Column> {
        let index = difference.object.as_deref().and_then(|name| {
            let catalog = &self.history.drift.expected.catalog;
            match &catalog.find_named(Some(&difference.schema), name)?.kind {
                catalog::RelationKind::Index(index) => Some(index),
                _ => None,
            }
        });
        let keys = index.into_iter().flat_map(|index| &index.keys);
        let of_index = keys.filter_map(|key| match key.target {
            catalog::KeyTarget::Column(number) => Some(number),
            catalog::KeyTarget::Expression(_) => None,
        });
        let constraint = self.wanted_constraint(difference).into_iter();
        let of_key = constraint.flat_map(|one| one.columns.iter().copied());
        let table = self.wanted(difference);
        of_index
            .chain(of_key)
            .filter_map(move |number| table?.column_at(number))
    }

    fn wanted_constraint(self, difference: &Difference) -> Option<&'a catalog::Constraint> {
        let mut constraints = self.wanted(difference)?.constraints.iter();
        constraints.find(|one| difference.object.as_ref() == Some(&one.name))
    }

    /// The table that a foreign key of the schema points to.
    fn wanted_target(self, difference: &Difference) -> Option<&'a str> {
        let catalog = &self.history.drift.expected.catalog;
        match &self.wanted_constraint(difference)?.kind {
            catalog::TableConstraint::ForeignKey(to) => {
                Some(catalog.relation(to.table)?.name.as_str())
            }
            _ => None,
        }
    }

    /// An index of the database that the migrations build.
    pub(crate) fn built_index(
        self,
        difference: &Difference,
        name: &str,
    ) -> Option<&'a catalog::Index> {
        let catalog = &self.history.replay.catalog;
        let relation = catalog.find_named(Some(&difference.schema), name)?;
        match &relation.kind {
            catalog::RelationKind::Index(index) => Some(index),
            _ => None,
        }
    }

    /// The values of a difference's enum in the schema, and in the database.
    pub(crate) fn enum_values(self, difference: &Difference) -> (Vec<&'a str>, Vec<&'a str>) {
        let of = |catalog: &'a catalog::Catalog| -> Vec<&'a str> {
            let id = difference
                .object
                .as_deref()
                .and_then(|name| catalog.type_named(Some(&difference.schema), name));
            let values = id
                .and_then(|id| catalog.enum_values(id))
                .unwrap_or_default();
            values.iter().map(|value| value.text.as_str()).collect()
        };
        let (expected, actual) = (&self.history.drift.expected, &self.history.replay.catalog);
        (of(&expected.catalog), of(actual))
    }

    /// The statement that was to take an object away, or to make it, and does nothing.
    pub(crate) fn without_effect(self, name: &str) -> Option<Evidence> {
        let notes = self.history.replay.notes.iter().rev();
        notes.into_iter().find_map(|note| match &note.kind {
            NoteKind::NoEffect {
                name: own,
                span,
                reason,
            } if own == name => {
                let words = match reason {
                    NoEffect::NoConstraint => {
                        "does nothing: this is an index, and `DROP CONSTRAINT` drops none"
                    }
                    NoEffect::NothingToDrop => "does nothing: there is nothing of this name here",
                    NoEffect::ThereAlready => "does nothing: it is there already, as it was",
                };
                Some((self.history.within(note.place, *span), words.to_owned()))
            }
            _ => None,
        })
    }

    /// The last statement that takes a column, a table or a type away, or gives it another name.
    pub(crate) fn taken(self, difference: &Difference) -> Option<Evidence> {
        let migrations = self.history.migrations.iter().rev();
        migrations.into_iter().find_map(|migration| {
            let statements = migration.parse.statements.iter().rev();
            statements.into_iter().find_map(|statement| {
                let (span, words) = takes(statement, difference)?;
                let at = Location::new(migration.file, span);
                Some((at, words.to_owned()))
            })
        })
    }
}

fn table<'a>(catalog: &'a catalog::Catalog, difference: &Difference) -> Option<&'a catalog::Table> {
    let name = difference.table.as_deref()?;
    let relation = catalog.find_named(Some(&difference.schema), name)?;
    catalog.table(relation.id)
}

/// Whether a written name is the one that PostgreSQL keeps of it.
fn is_name(written: &str, kept: &str) -> bool {
    written == kept || (kept.len() >= 60 && written.starts_with(kept))
}

/// Whether a statement takes away what a difference misses, and which part of it.
fn takes(
    statement: &Statement,
    difference: &Difference,
) -> Option<(snell_source::Span, &'static str)> {
    let table = difference.table.as_deref();
    let object = difference.object.as_deref();
    match &statement.kind {
        StatementKind::AlterTable(alter) if Some(alter.name.name.text.as_str()) == table => {
            alter.actions.iter().find_map(|action| {
                let words = match (&action.kind, object) {
                    (AlterActionKind::DropColumn(part), Some(column))
                        if part.name.text == column =>
                    {
                        "the column is dropped here"
                    }
                    (AlterActionKind::DropConstraint(part), Some(name))
                        if part.name.text == name =>
                    {
                        "the constraint is dropped here"
                    }
                    (AlterActionKind::RenameColumn(old, _), Some(column)) if old.text == column => {
                        "the column gets another name here"
                    }
                    (AlterActionKind::RenameTo(_), None) => "the table gets another name here",
                    _ => return None,
                };
                Some((action.span, words))
            })
        }
        StatementKind::Drop(drop) => {
            let (name, words) = match drop.kind {
                ObjectKind::Table if object.is_none() => (table, "the table is dropped here"),
                ObjectKind::View | ObjectKind::MaterializedView if object.is_none() => {
                    (table, "the view is dropped here")
                }
                ObjectKind::Index => (object, "the index is dropped here"),
                ObjectKind::Type if table.is_none() => (object, "the type is dropped here"),
                _ => return None,
            };
            let mut names = drop.names.iter();
            let target = names.find(|target| Some(target.name.name.text.as_str()) == name)?;
            Some((target.name.span(), words))
        }
        _ => None,
    }
}
