//! Statements that define tables and indexes.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{Expr, Name, ObjectKind, ObjectName, OrderItem, Query, TypeName};

/// `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateTable {
    /// The table.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `TEMP`.
    pub temporary: bool,
    /// Its columns.
    pub columns: Vec<ColumnDefinition>,
    /// Its table constraints.
    pub constraints: Vec<Constraint>,
    /// `LIKE other`, with whether each of its parts comes along.
    pub like: Vec<Like>,
    /// `INHERITS (...)`.
    pub inherits: Vec<ObjectName>,
    /// `PARTITION OF other`.
    pub partition_of: Option<ObjectName>,
    /// Whether it is itself partitioned.
    pub partitioned: bool,
}

/// `LIKE other INCLUDING ...`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Like {
    /// The table whose columns are copied.
    pub table: ObjectName,
    /// The words of `INCLUDING` (`all`, `defaults`, `indexes`), in lower case, less those excluded.
    pub including: Vec<SmolStr>,
}

/// `CREATE TABLE ... AS`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateTableAs {
    /// The table.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `TEMP`.
    pub temporary: bool,
    /// Its columns' names, when written.
    pub columns: Vec<Name>,
    /// Its rows; none for `EXECUTE`.
    pub query: Option<Query>,
}

/// A column of `CREATE TABLE` or `ADD COLUMN`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnDefinition {
    /// Its bytes.
    pub span: Span,
    /// Its name.
    pub name: Name,
    /// Its type; none where the grammar allows it (partitions).
    pub type_name: Option<TypeName>,
    /// Its constraints, `DEFAULT`, `GENERATED` and `NOT NULL` included.
    pub constraints: Vec<Constraint>,
}

/// A constraint, of a column or of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its bytes.
    pub span: Span,
    /// `CONSTRAINT name`.
    pub name: Option<Name>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `DEFERRABLE`, and how it starts.
    pub deferral: Deferral,
    /// `NOT VALID`.
    pub not_valid: bool,
}

/// Whether a constraint may wait for the end of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Deferral {
    /// `NOT DEFERRABLE`.
    #[default]
    Never,
    /// `DEFERRABLE INITIALLY IMMEDIATE`.
    Immediate,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    Deferred,
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ConstraintKind {
    /// `NOT NULL`, with its column as a table constraint (PostgreSQL 18).
    NotNull(Option<Name>),
    /// `NULL`.
    Null,
    /// `DEFAULT`.
    Default(Expr),
    /// `GENERATED ALWAYS AS (...)`.
    Generated(Expr),
    /// `GENERATED ... AS IDENTITY`; true for `ALWAYS`.
    Identity(bool),
    /// `PRIMARY KEY`.
    PrimaryKey(KeyParts),
    /// `UNIQUE`; true with `NULLS NOT DISTINCT`.
    Unique(KeyParts, bool),
    /// `CHECK`.
    Check(Expr),
    /// `REFERENCES` or `FOREIGN KEY`.
    ForeignKey(ForeignKey),
    /// `EXCLUDE`.
    Exclude(Exclusion),
}

/// The columns of a primary key or unique constraint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyParts {
    /// Its columns; empty for a column constraint.
    pub columns: Vec<Name>,
    /// `INCLUDE`.
    pub include: Vec<Name>,
    /// `USING INDEX name`.
    pub using_index: Option<Name>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its own columns; empty for a column constraint.
    pub columns: Vec<Name>,
    /// The table that it points to.
    pub table: ObjectName,
    /// That table's columns; empty for its primary key.
    pub references: Vec<Name>,
    /// `ON DELETE`.
    pub on_delete: ReferentialAction,
    /// `ON UPDATE`.
    pub on_update: ReferentialAction,
    /// `MATCH FULL`.
    pub match_full: bool,
}

/// What happens to the rows that point to a row that goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ReferentialAction {
    /// `NO ACTION`.
    #[default]
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

impl ReferentialAction {
    /// The action in lower case, as PostgreSQL's documentation spells it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            ReferentialAction::NoAction => "no action",
            ReferentialAction::Restrict => "restrict",
            ReferentialAction::Cascade => "cascade",
            ReferentialAction::SetNull => "set null",
            ReferentialAction::SetDefault => "set default",
        }
    }
}

/// `EXCLUDE USING method (item WITH operator, ...)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The index's method.
    pub method: Option<Name>,
    /// Its items and their operators.
    pub items: Vec<(Expr, SmolStr)>,
    /// `WHERE`.
    pub predicate: Option<Expr>,
}

/// `ALTER TABLE`, with its actions in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlterTable {
    /// What kind of relation it names.
    pub relation: ObjectKind,
    /// The relation.
    pub name: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its actions.
    pub actions: Vec<AlterAction>,
}

/// One action of `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlterAction {
    /// Its bytes.
    pub span: Span,
    /// What it does.
    pub kind: AlterActionKind,
}

/// What an action of `ALTER TABLE` does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant)]
pub enum AlterActionKind {
    /// `ADD COLUMN`; true with `IF NOT EXISTS`.
    AddColumn(ColumnDefinition, bool),
    /// `DROP COLUMN`.
    DropColumn(DropPart),
    /// `ADD CONSTRAINT`.
    AddConstraint(Constraint),
    /// `DROP CONSTRAINT`.
    DropConstraint(DropPart),
    /// `ALTER CONSTRAINT name [NOT] DEFERRABLE`.
    AlterConstraint(Name, Deferral),
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Name),
    /// `ALTER COLUMN`.
    AlterColumn(Name, ColumnChange),
    /// `RENAME TO`.
    RenameTo(Name),
    /// `RENAME COLUMN old TO new`.
    RenameColumn(Name, Name),
    /// `RENAME CONSTRAINT old TO new`.
    RenameConstraint(Name, Name),
    /// `SET SCHEMA`.
    SetSchema(Name),
    /// `ENABLE` (true) or `DISABLE ROW LEVEL SECURITY`.
    RowSecurity(bool),
    /// `FORCE` (true) or `NO FORCE ROW LEVEL SECURITY`.
    ForceRowSecurity(bool),
    /// `ENABLE` (true) or `DISABLE TRIGGER`; no name for `ALL` and `USER`.
    Trigger(Option<Name>, bool),
    /// `ATTACH PARTITION`.
    AttachPartition(ObjectName),
    /// `DETACH PARTITION`, and how.
    DetachPartition(ObjectName, Detach),
    /// `INHERIT` (true) or `NO INHERIT`.
    Inherit(ObjectName, bool),
    /// `OWNER TO`.
    Owner(Name),
    /// Storage, statistics, options and their like.
    Other,
}

/// How `DETACH PARTITION` goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Detach {
    /// At once, under a lock that nobody gets past.
    Blocking,
    /// `CONCURRENTLY`: in two transactions.
    Concurrently,
    /// `FINALIZE`: the second part of one that was interrupted.
    Finalize,
}

/// `DROP COLUMN` or `DROP CONSTRAINT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropPart {
    /// The column or constraint.
    pub name: Name,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// What `ALTER COLUMN` does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ColumnChange {
    /// `[SET DATA] TYPE`, with `USING`.
    Type(TypeName, Option<Expr>),
    /// `SET DEFAULT`.
    SetDefault(Expr),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `SET` (true) or `DROP NOT NULL`.
    NotNull(bool),
    /// `ADD GENERATED ... AS IDENTITY`; true for `ALWAYS`.
    AddIdentity(bool),
    /// `DROP IDENTITY`; true with `IF EXISTS`.
    DropIdentity(bool),
    /// `DROP EXPRESSION`; true with `IF EXISTS`.
    DropExpression(bool),
    /// Storage, statistics, options and their like.
    Other,
}

/// `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateIndex {
    /// Its name, when written.
    pub name: Option<ObjectName>,
    /// The table.
    pub table: ObjectName,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `USING method`.
    pub method: Option<Name>,
    /// Its keys.
    pub keys: Vec<IndexKey>,
    /// `INCLUDE`.
    pub include: Vec<Name>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// `WITH (name = value)`.
    pub options: Vec<(Name, SmolStr)>,
    /// `WHERE`.
    pub predicate: Option<Expr>,
}

/// A key of an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexKey {
    /// The column or expression with its order.
    pub item: OrderItem,
    /// The operator class, when written.
    pub operator_class: Option<ObjectName>,
    /// The collation, when written.
    pub collation: Option<ObjectName>,
}
