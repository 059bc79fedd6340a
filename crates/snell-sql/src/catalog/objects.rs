//! The objects of a catalog.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{DataType, Place, Provenance, RelationId, TypeId};
use crate::ast::{Deferral, Expr, Query, ReferentialAction};

/// A table, view, index or sequence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Relation {
    /// Its number.
    pub id: RelationId,
    /// Its schema; `pg_temp` for temporary ones.
    pub schema: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Whether it depends on something that could not be decided: a condition in a
    /// `DO` block, text that is executed but not known.
    pub uncertain: bool,
    /// `COMMENT ON`.
    pub comment: Option<SmolStr>,
    /// What it is.
    pub kind: RelationKind,
}

/// What a relation is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, clippy::large_enum_variant)]
pub enum RelationKind {
    Table(Table),
    View(View),
    Index(Index),
    Sequence(Sequence),
}

/// A table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Table {
    /// Its columns, in order of creation.
    pub columns: Vec<Column>,
    /// The number that the next column gets; numbers of dropped columns are not used again.
    pub next_column: u16,
    /// Its constraints.
    pub constraints: Vec<Constraint>,
    /// Its triggers.
    pub triggers: Vec<Trigger>,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// `ENABLE ROW LEVEL SECURITY`.
    pub row_security: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    pub force_row_security: bool,
    /// Whether it is partitioned.
    pub partitioned: bool,
    /// The tables that it inherits from, or whose partition it is.
    pub parents: Vec<RelationId>,
    /// Whether a migration may have put rows into it.
    pub rows: bool,
}

impl Table {
    /// A column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// A column by number.
    #[must_use]
    pub fn column_at(&self, number: u16) -> Option<&Column> {
        self.columns.iter().find(|column| column.number == number)
    }

    pub(crate) fn column_at_mut(&mut self, number: u16) -> Option<&mut Column> {
        self.columns
            .iter_mut()
            .find(|column| column.number == number)
    }

    /// A constraint by name.
    #[must_use]
    pub fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints
            .iter()
            .find(|constraint| constraint.name == name)
    }

    /// The primary key's columns, in order.
    #[must_use]
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints
            .iter()
            .find(|constraint| matches!(constraint.kind, TableConstraint::PrimaryKey(_)))
    }

    /// The names of columns given by number.
    pub fn names<'a>(&'a self, numbers: &'a [u16]) -> impl Iterator<Item = &'a SmolStr> {
        numbers
            .iter()
            .filter_map(|number| self.column_at(*number).map(|column| &column.name))
    }
}

/// A column of a table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Column {
    /// Its number, which stays when it is renamed.
    pub number: u16,
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub data_type: DataType,
    /// Whether `NULL` is refused.
    pub not_null: bool,
    /// `DEFAULT`, the sequence of a `serial` included.
    pub default: Option<Expr>,
    /// The types that the default's expression needs: they hold it, and take it along.
    pub default_types: BTreeSet<TypeId>,
    /// The sequence that the default takes its numbers from.
    pub sequence: Option<RelationId>,
    /// `GENERATED AS IDENTITY`; true for `ALWAYS`.
    pub identity: Option<bool>,
    /// `GENERATED ALWAYS AS (...)`.
    pub generated: Option<Expr>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Whether a statement that may not have run shaped it.
    pub uncertain: bool,
    /// `COMMENT ON COLUMN`.
    pub comment: Option<SmolStr>,
}

/// A constraint of a table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Constraint {
    /// Its name.
    pub name: SmolStr,
    /// Its columns, by number.
    pub columns: Vec<u16>,
    /// What it demands.
    pub kind: TableConstraint,
    /// Whether it may wait for the end of the transaction.
    pub deferral: Deferral,
    /// False after `NOT VALID`.
    pub validated: bool,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// What a constraint demands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum TableConstraint {
    /// `PRIMARY KEY`, with its index.
    PrimaryKey(RelationId),
    /// `UNIQUE`, with its index.
    Unique(RelationId),
    /// `EXCLUDE`, with its index.
    Exclude(RelationId),
    /// `CHECK`.
    Check(Expr),
    /// `FOREIGN KEY`.
    ForeignKey(Reference),
}

/// What a foreign key points to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reference {
    /// The table.
    pub table: RelationId,
    /// Its columns, by number.
    pub columns: Vec<u16>,
    /// `ON DELETE`.
    pub on_delete: ReferentialAction,
    /// `ON UPDATE`.
    pub on_update: ReferentialAction,
    /// `MATCH FULL`.
    pub match_full: bool,
}

/// An index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Index {
    /// The table or materialized view.
    pub table: RelationId,
    /// `UNIQUE`.
    pub unique: bool,
    /// Whether it serves the primary key.
    pub primary: bool,
    /// Whether a constraint owns it.
    pub constraint: bool,
    /// `btree`, `hash`, `gin`, `gist`, `brin`, `hnsw`, `ivfflat`.
    pub method: SmolStr,
    /// Its keys.
    pub keys: Vec<Key>,
    /// `INCLUDE`, by number.
    pub include: Vec<u16>,
    /// `WHERE`.
    pub predicate: Option<Expr>,
    /// `WITH (...)`, as written.
    pub options: Vec<(SmolStr, SmolStr)>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
}

/// A key of an index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    /// What it sorts by.
    pub target: KeyTarget,
    /// Its operator class.
    pub operator_class: SmolStr,
    /// Whether that class is the type's default.
    pub default_class: bool,
    /// `DESC`.
    pub descending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
}

/// What a key of an index sorts by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum KeyTarget {
    /// A column, by number.
    Column(u16),
    /// An expression.
    Expression(Expr),
}

/// A view or materialized view.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct View {
    /// Its columns.
    pub columns: Vec<ViewColumn>,
    /// Its query.
    pub query: Query,
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// The relations that it reads, with the columns by number; no column for the whole.
    pub reads: BTreeSet<(RelationId, Option<u16>)>,
    /// The types that it names.
    pub types: BTreeSet<TypeId>,
    /// Whether its columns' types could be worked out.
    pub resolved: bool,
    /// Its triggers.
    pub triggers: Vec<Trigger>,
}

/// A column of a view.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ViewColumn {
    /// Its name.
    pub name: SmolStr,
    /// Its type, when it could be worked out.
    pub data_type: Option<DataType>,
    /// Whether it is known never to be null.
    pub not_null: bool,
}

/// A sequence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sequence {
    /// `AS type`.
    pub data_type: TypeId,
    /// First value, as written.
    pub start: SmolStr,
    /// Step, as written.
    pub increment: SmolStr,
    /// The column that owns it.
    pub owned_by: Option<(RelationId, u16)>,
}

/// A trigger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trigger {
    /// Its name.
    pub name: SmolStr,
    /// The function that it executes.
    pub function: SmolStr,
    /// `before`, `after`, `instead of`.
    pub timing: SmolStr,
    /// `insert`, `update`, `delete`, `truncate`.
    pub events: Vec<SmolStr>,
    /// The columns of `UPDATE OF`, by number.
    pub columns: Vec<u16>,
    /// False after `DISABLE TRIGGER`.
    pub enabled: bool,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A row security policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: SmolStr,
    /// Whether it widens (or narrows) what others allow.
    pub permissive: bool,
    /// `all`, `select`, `insert`, `update`, `delete`.
    pub command: SmolStr,
    /// The roles; empty for everybody.
    pub roles: Vec<SmolStr>,
    /// `USING`.
    pub using: Option<Expr>,
    /// `WITH CHECK`.
    pub check: Option<Expr>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A type that a migration created.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserType {
    /// Its number.
    pub id: TypeId,
    /// The number of its array type.
    pub array: TypeId,
    /// Its schema.
    pub schema: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// What it is.
    pub kind: UserTypeKind,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Whether a statement that may not have run shaped it.
    pub uncertain: bool,
}

/// What a type is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum UserTypeKind {
    /// An enum, its values in order.
    Enum(Vec<EnumValue>),
    /// A domain over a type.
    Domain(Domain),
    /// A row type.
    Composite(Vec<(SmolStr, DataType)>),
    /// A range, a base type or a shell.
    Other,
}

/// A domain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Domain {
    /// The type under it.
    pub base: DataType,
    /// `NOT NULL`.
    pub not_null: bool,
    /// `DEFAULT`.
    pub default: Option<Expr>,
    /// `CHECK`, with their names.
    pub checks: Vec<(SmolStr, Expr)>,
}

/// A value of an enum.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnumValue {
    /// The value.
    pub text: SmolStr,
    /// The statement that added it.
    pub added: Place,
}

/// An installed extension.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Extension {
    /// Its schema.
    pub schema: SmolStr,
    /// Its version, when written.
    pub version: Option<SmolStr>,
    /// Where it comes from.
    pub provenance: Option<Provenance>,
}

/// A function or procedure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Function {
    /// Its schema.
    pub schema: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// Whether it is a procedure.
    pub procedure: bool,
    /// The types of its input parameters; none for one that is not known.
    pub arguments: Vec<Option<DataType>>,
    /// The names of its input parameters.
    pub argument_names: Vec<Option<SmolStr>>,
    /// How many parameters at the end have defaults.
    pub defaults: usize,
    /// Whether the last parameter is `VARIADIC`.
    pub variadic: bool,
    /// What it returns, when known.
    pub returns: Option<DataType>,
    /// `SETOF` or `TABLE`.
    pub returns_set: bool,
    /// `OUT` and `TABLE` columns.
    pub outputs: Vec<(SmolStr, Option<DataType>)>,
    /// Its language.
    pub language: SmolStr,
    /// `immutable`, `stable`, `volatile`.
    pub volatility: SmolStr,
    /// `SECURITY DEFINER`.
    pub security_definer: bool,
    /// `STRICT`.
    pub strict: bool,
    /// Whether it sets its own `search_path`.
    pub sets_search_path: bool,
    /// Where it comes from.
    pub provenance: Provenance,
}
