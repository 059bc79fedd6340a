//! Statements that define types, views and other objects, and those about any object.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{Constraint, Name, ObjectName, Query, TypeName};

/// A kind of object that `DROP`, `RENAME` and `COMMENT` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ObjectKind {
    Table,
    ForeignTable,
    View,
    MaterializedView,
    Index,
    Sequence,
    Type,
    Domain,
    Schema,
    Extension,
    Function,
    Procedure,
    Routine,
    Aggregate,
    Trigger,
    Policy,
    Rule,
    Publication,
    Column,
    Constraint,
    Other,
}

/// `DROP kind [IF EXISTS] name, ... [CASCADE]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drop {
    /// What is dropped.
    pub kind: ObjectKind,
    /// The objects.
    pub names: Vec<DropTarget>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
}

/// One object of a `DROP`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DropTarget {
    /// Its name.
    pub name: ObjectName,
    /// The table that a trigger, policy or rule stands on.
    pub table: Option<ObjectName>,
    /// A routine's argument types, when written.
    pub arguments: Option<Vec<TypeName>>,
}

/// `ALTER kind name RENAME TO name`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rename {
    /// What is renamed.
    pub kind: ObjectKind,
    /// Its old name.
    pub name: ObjectName,
    /// The table that a trigger, policy or rule stands on.
    pub table: Option<ObjectName>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its new name.
    pub new_name: Name,
}

/// `ALTER kind name SET SCHEMA schema`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetSchema {
    /// What moves.
    pub kind: ObjectKind,
    /// Its name.
    pub name: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Where it moves to.
    pub schema: Name,
}

/// A string with its span: an enum's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The value.
    pub text: SmolStr,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// `CREATE TYPE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateType {
    /// The type.
    pub name: ObjectName,
    /// What it is.
    pub definition: TypeDefinition,
}

/// What `CREATE TYPE` makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TypeDefinition {
    /// `AS ENUM (...)`.
    Enum(Vec<Label>),
    /// `AS (...)`.
    Composite(Vec<(Name, TypeName)>),
    /// `AS RANGE`, a base type or a shell.
    Other,
}

/// `ALTER TYPE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlterType {
    /// The type.
    pub name: ObjectName,
    /// What changes.
    pub change: TypeChange,
}

/// What `ALTER TYPE` changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TypeChange {
    /// `ADD VALUE`.
    AddValue(AddValue),
    /// `RENAME VALUE old TO new`.
    RenameValue(Label, Label),
    /// Attributes, owner, options.
    Other,
}

/// `ADD VALUE [IF NOT EXISTS] value [BEFORE | AFTER value]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddValue {
    /// The new value.
    pub value: Label,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The neighbour; true for `BEFORE`.
    pub position: Option<(Label, bool)>,
}

/// `CREATE DOMAIN`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateDomain {
    /// The domain.
    pub name: ObjectName,
    /// The type under it.
    pub base: TypeName,
    /// Its constraints.
    pub constraints: Vec<Constraint>,
}

/// `CREATE SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateSequence {
    /// The sequence.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `TEMP`.
    pub temporary: bool,
    /// `AS type`, start, increment, owner.
    pub options: SequenceOptions,
}

/// What `CREATE SEQUENCE` and `ALTER SEQUENCE` set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// `AS type`.
    pub type_name: Option<TypeName>,
    /// `START WITH`, as written.
    pub start: Option<SmolStr>,
    /// `INCREMENT BY`, as written.
    pub increment: Option<SmolStr>,
    /// `OWNED BY table.column`, with the parts; empty for `NONE`.
    pub owned_by: Option<Vec<Name>>,
}

/// `ALTER SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlterSequence {
    /// The sequence.
    pub name: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// What it sets.
    pub options: SequenceOptions,
}

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateView {
    /// The view.
    pub name: ObjectName,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `IF NOT EXISTS` (materialized views).
    pub if_not_exists: bool,
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// `TEMP`.
    pub temporary: bool,
    /// `RECURSIVE`.
    pub recursive: bool,
    /// Its columns' names, when written.
    pub columns: Vec<Name>,
    /// Its query.
    pub query: Query,
}

/// `CREATE SCHEMA`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSchema {
    /// The schema.
    pub name: Name,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

/// `CREATE EXTENSION`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateExtension {
    /// The extension.
    pub name: Name,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `SCHEMA name`.
    pub schema: Option<Name>,
    /// `VERSION`, as written.
    pub version: Option<SmolStr>,
}

/// `REFRESH MATERIALIZED VIEW`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// The view.
    pub name: ObjectName,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
}

/// A statement that writes tables or indexes anew as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuild {
    /// Which of them.
    pub kind: RebuildKind,
    /// The tables, or the one index, table or schema that `REINDEX` names; empty for all of the
    /// database.
    pub names: Vec<ObjectName>,
    /// `CONCURRENTLY`, as a word or an option.
    pub concurrently: bool,
}

/// The statements that write tables or indexes anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RebuildKind {
    /// `REINDEX INDEX`, `TABLE`, `SCHEMA`, `DATABASE` or `SYSTEM` (the last two are `Other`).
    Reindex(ObjectKind),
    /// `VACUUM FULL`; other forms of `VACUUM` lock nothing that the application needs.
    VacuumFull,
    /// `CLUSTER`.
    Cluster,
}

/// `COMMENT ON kind name IS text`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// What it describes.
    pub kind: ObjectKind,
    /// The object, or the column's or constraint's own name.
    pub name: ObjectName,
    /// The table of a column, constraint, trigger, policy or rule.
    pub table: Option<ObjectName>,
    /// The text; none for `NULL`.
    pub text: Option<SmolStr>,
}
