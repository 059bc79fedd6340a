//! Where the database that migrations build departs from the one that a schema describes.
//!
//! Differences that the database does not care about are kept apart from drift: see [`Weight`].

mod casts;
mod columns;
mod cure;
mod defaults;
mod document;
mod keys;
mod standing;
mod unmanaged;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::catalog::{
    Catalog, EnumValue, Expected, Place, Relation, RelationKind, Table, TypeId, UserType,
    UserTypeKind,
};

pub use cure::{MissingTable, cure, extra, missing_table};
pub use document::DifferenceView;
pub use standing::{is_expressible, is_spare, standing};

/// A difference between the expected database and the replayed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What kind of difference.
    pub kind: DriftKind,
    /// How much it matters.
    pub weight: Weight,
    /// The schema of the database.
    pub schema: SmolStr,
    /// The table, for everything that belongs to one.
    pub table: Option<SmolStr>,
    /// The column, index, constraint, enum, trigger, policy, view or function.
    pub object: Option<SmolStr>,
    /// What the schema describes.
    pub expected: Option<String>,
    /// What the migrations build.
    pub actual: Option<String>,
    /// Where the schema says so: a place that the builder was given.
    pub expected_at: Option<Place>,
    /// The statement that built or last shaped it.
    pub actual_at: Option<Place>,
}

/// How much a difference matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Drift: a user must hear of it.
    Core,
    /// Two spellings of one thing: `now()` and `CURRENT_TIMESTAMP`.
    Equivalent,
    /// A difference that Prisma leaves open: the order of columns, `NOT NULL` of a list.
    Informational,
    /// What a Prisma schema cannot express: checks, triggers, policies, views, functions.
    Unmanaged,
    /// Something that a statement shaped which may not have run.
    Uncertain,
}

/// What kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DriftKind {
    EnumMissingInDb,
    EnumExtraInDb,
    EnumValuesDiffer,
    EnumOrderDiffers,
    TableMissingInDb,
    TableExtraInDb,
    /// The schema declares a model where the database has a view.
    ModelIsAViewInDb,
    ColumnMissingInDb,
    ColumnExtraInDb,
    ColumnType,
    ColumnNullability,
    ColumnDefault,
    ColumnOrder,
    PrimaryKey,
    IndexMissingInDb,
    IndexExtraInDb,
    IndexName,
    IndexShape,
    /// A unique index of the schema is a constraint in the database, which serves as well.
    UniqueIsConstraint,
    FkMissingInDb,
    FkExtraInDb,
    FkName,
    FkAction,
    CheckExtraInDb,
    TriggerExtraInDb,
    PolicyExtraInDb,
    ViewExtraInDb,
    FunctionExtraInDb,
}

/// `enum missing in db`: the name in words.
impl std::fmt::Display for DriftKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, c) in format!("{self:?}").chars().enumerate() {
            match c {
                c if c.is_ascii_uppercase() && n > 0 => write!(f, " {}", c.to_ascii_lowercase())?,
                c => write!(f, "{}", c.to_ascii_lowercase())?,
            }
        }
        Ok(())
    }
}

/// The table of Prisma's own that records which migrations ran.
const MIGRATIONS_TABLE: &str = "_prisma_migrations";

/// Compares what a schema describes with what migrations build. The differences come in the
/// order of the objects' names.
///
/// Nothing is compared outside the schemas that `expected` manages, nor for tables that it
/// holds to be unread. A replay that could not follow a statement may miss objects: the
/// caller looks at its notes before it believes that one is missing.
#[must_use]
pub fn compare(expected: &Expected, actual: &Catalog) -> Vec<Difference> {
    let mut comparison = Comparison {
        expected,
        actual,
        found: Vec::new(),
    };
    comparison.enums();
    comparison.tables();
    comparison.unmanaged();
    let mut found = comparison.found;
    found.sort_by(|a, b| {
        (&a.schema, &a.table, a.kind, &a.object).cmp(&(&b.schema, &b.table, b.kind, &b.object))
    });
    found
}

/// The work on two databases.
struct Comparison<'a> {
    expected: &'a Expected,
    actual: &'a Catalog,
    found: Vec<Difference>,
}

/// A table of both sides.
#[derive(Clone, Copy)]
struct Pair<'a> {
    expected: (&'a Relation, &'a Table),
    actual: (&'a Relation, &'a Table),
}

impl Pair<'_> {
    fn difference(self, kind: DriftKind, object: Option<SmolStr>) -> Difference {
        let (wanted, _) = self.expected;
        let (built, _) = self.actual;
        Difference {
            weight: if built.uncertain {
                Weight::Uncertain
            } else {
                Weight::Core
            },
            table: Some(wanted.name.clone()),
            object,
            expected_at: Some(wanted.provenance.shaped),
            actual_at: Some(built.provenance.shaped),
            ..Difference::of(kind, &wanted.schema)
        }
    }
}

impl Difference {
    fn of(kind: DriftKind, schema: &SmolStr) -> Self {
        Difference {
            kind,
            weight: Weight::Core,
            schema: schema.clone(),
            table: None,
            object: None,
            expected: None,
            actual: None,
            expected_at: None,
            actual_at: None,
        }
    }
}

fn list(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<String> = names.into_iter().map(|n| n.as_ref().to_owned()).collect();
    names.join(", ")
}

fn enums(catalog: &Catalog) -> impl Iterator<Item = (&UserType, &[EnumValue])> {
    catalog
        .types()
        .filter_map(|user_type| match &user_type.kind {
            UserTypeKind::Enum(values) => Some((user_type, values.as_slice())),
            _ => None,
        })
}

fn enum_of(catalog: &Catalog, id: Option<TypeId>) -> Option<(&UserType, &[EnumValue])> {
    let user_type = catalog.user_type(id?)?;
    match &user_type.kind {
        UserTypeKind::Enum(values) => Some((user_type, values)),
        _ => None,
    }
}

fn texts(values: &[EnumValue]) -> Vec<&SmolStr> {
    values.iter().map(|value| &value.text).collect()
}

impl Comparison<'_> {
    fn manages(&self, schema: &SmolStr) -> bool {
        self.expected.schemas.contains(schema)
    }

    fn enums(&mut self) {
        let (expected, actual) = (&self.expected.catalog, self.actual);
        for (wanted, values) in enums(expected) {
            let id = actual.type_named(Some(&wanted.schema), &wanted.name);
            let Some((built, found)) = enum_of(actual, id) else {
                self.found.push(Difference {
                    object: Some(wanted.name.clone()),
                    expected: Some(list(texts(values))),
                    expected_at: Some(wanted.provenance.shaped),
                    ..Difference::of(DriftKind::EnumMissingInDb, &wanted.schema)
                });
                continue;
            };
            let (values, found) = (texts(values), texts(found));
            if values == found {
                continue;
            }
            let same = values.len() == found.len() && values.iter().all(|v| found.contains(v));
            let (kind, weight) = match (same, built.uncertain) {
                (true, _) => (DriftKind::EnumOrderDiffers, Weight::Informational),
                (false, true) => (DriftKind::EnumValuesDiffer, Weight::Uncertain),
                (false, false) => (DriftKind::EnumValuesDiffer, Weight::Core),
            };
            self.found.push(Difference {
                weight,
                object: Some(wanted.name.clone()),
                expected: Some(list(values)),
                actual: Some(list(found)),
                expected_at: Some(wanted.provenance.shaped),
                actual_at: Some(built.provenance.shaped),
                ..Difference::of(kind, &wanted.schema)
            });
        }
        for (built, found) in enums(actual) {
            let id = expected.type_named(Some(&built.schema), &built.name);
            if self.manages(&built.schema) && enum_of(expected, id).is_none() {
                self.found.push(Difference {
                    object: Some(built.name.clone()),
                    actual: Some(list(texts(found))),
                    actual_at: Some(built.provenance.shaped),
                    ..Difference::of(DriftKind::EnumExtraInDb, &built.schema)
                });
            }
        }
    }

    fn tables(&mut self) {
        let (expected, actual) = (&self.expected.catalog, self.actual);
        for (wanted, table) in expected.tables() {
            let key = (wanted.schema.clone(), wanted.name.clone());
            if self.expected.unread.contains(&key) {
                continue;
            }
            let built = actual.find_named(Some(&wanted.schema), &wanted.name);
            let kind = match built.map(|built| (built, &built.kind)) {
                Some((built, RelationKind::Table(found))) => {
                    self.table(Pair {
                        expected: (wanted, table),
                        actual: (built, found),
                    });
                    continue;
                }
                Some((_, RelationKind::View(_))) => DriftKind::ModelIsAViewInDb,
                _ => DriftKind::TableMissingInDb,
            };
            self.found.push(Difference {
                table: Some(wanted.name.clone()),
                expected: Some(list(table.columns.iter().map(|column| &column.name))),
                expected_at: Some(wanted.provenance.shaped),
                actual_at: built.map(|built| built.provenance.shaped),
                ..Difference::of(kind, &wanted.schema)
            });
        }
        for (built, table) in actual.tables() {
            let key = (built.schema.clone(), built.name.clone());
            if !self.manages(&built.schema)
                || built.name == MIGRATIONS_TABLE
                || self.expected.unread.contains(&key)
                || self.expected.views.contains(&key)
                || self.is_partition(table)
                || expected
                    .find_named(Some(&built.schema), &built.name)
                    .is_some()
            {
                continue;
            }
            self.found.push(Difference {
                weight: if built.uncertain {
                    Weight::Uncertain
                } else {
                    Weight::Core
                },
                table: Some(built.name.clone()),
                actual: Some(list(table.columns.iter().map(|column| &column.name))),
                actual_at: Some(built.provenance.shaped),
                ..Difference::of(DriftKind::TableExtraInDb, &built.schema)
            });
        }
    }

    /// Partitions belong to the table that they are parts of, and Prisma does not see them.
    fn is_partition(&self, table: &Table) -> bool {
        let mut parents = table.parents.iter();
        parents.any(|parent| {
            let parent = self.actual.table(*parent);
            parent.is_some_and(|parent| parent.partitioned)
        })
    }

    fn table(&mut self, pair: Pair<'_>) {
        self.columns(pair);
        self.keys(pair);
        self.foreign_keys(pair);
        self.checks(pair);
    }
}
