//! What a SQL text says: statements that own their strings, each part with its
//! byte span, and nothing of the parser that read them.

mod definition;
mod expression;
mod query;
mod routine;
mod table;
mod visit;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

pub use definition::*;
pub use expression::*;
pub use query::*;
pub use routine::*;
pub use table::*;
pub use visit::{Part, rewrite_expression, walk_expression, walk_from, walk_query, walk_statement};

/// An identifier as PostgreSQL keeps it: folded to lower case unless quoted, cut at 63 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The name without its quotes.
    pub text: SmolStr,
    /// Where it stands, quotes included.
    pub span: Span,
    /// Whether it was written in double quotes.
    pub quoted: bool,
}

/// A name that may carry its schema: `public."User"`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectName {
    /// The schema, when written.
    pub schema: Option<Name>,
    /// The object's own name.
    pub name: Name,
}

impl ObjectName {
    /// The span from the schema to the name.
    #[must_use]
    pub fn span(&self) -> Span {
        match &self.schema {
            Some(schema) => schema.span.cover(self.name.span),
            None => self.name.span,
        }
    }
}

impl std::fmt::Display for ObjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", schema.text)?;
        }
        f.write_str(&self.name.text)
    }
}

/// A type as it was written: `timestamp(3) without time zone`, `vector(1536)`, `"Role"[]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeName {
    /// Where it stands.
    pub span: Span,
    /// Its name; multi-word types under PostgreSQL's own names (`timestamptz`, `varchar`, `float8`).
    pub name: ObjectName,
    /// What stands in the parentheses, as written.
    pub modifiers: Vec<SmolStr>,
    /// Whether it is an array (PostgreSQL ignores the number of dimensions).
    pub array: bool,
    /// `%TYPE`, `%ROWTYPE` or `SETOF`: a type that only routines have.
    pub indirect: bool,
}

/// One statement of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// From the first word to the last token before the semicolon.
    pub span: Span,
    /// Whether a syntax error lies inside: what was understood may be incomplete.
    pub broken: bool,
    /// The tables that a broken statement names, as far as the grammar can tell.
    pub named: Vec<ObjectName>,
    /// What it says.
    pub kind: StatementKind,
}

/// A kind of statement, with its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant)]
pub enum StatementKind {
    /// `CREATE TABLE name (...)`.
    CreateTable(CreateTable),
    /// `CREATE TABLE name AS query`, and `SELECT ... INTO name`.
    CreateTableAs(CreateTableAs),
    /// `ALTER TABLE` (and `ALTER VIEW`, `ALTER MATERIALIZED VIEW`, `ALTER FOREIGN TABLE`).
    AlterTable(AlterTable),
    /// `CREATE INDEX`.
    CreateIndex(CreateIndex),
    /// `DROP kind name, ...`.
    Drop(Drop),
    /// `ALTER kind name RENAME TO name`, for kinds other than tables' parts.
    Rename(Rename),
    /// `ALTER kind name SET SCHEMA schema`.
    SetSchema(SetSchema),
    /// `CREATE TYPE`.
    CreateType(CreateType),
    /// `ALTER TYPE ... ADD VALUE`, `RENAME VALUE`, and composite attributes.
    AlterType(AlterType),
    /// `CREATE DOMAIN`.
    CreateDomain(CreateDomain),
    /// `CREATE SEQUENCE`.
    CreateSequence(CreateSequence),
    /// `ALTER SEQUENCE`.
    AlterSequence(AlterSequence),
    /// `CREATE [MATERIALIZED] VIEW`.
    CreateView(CreateView),
    /// `CREATE SCHEMA`.
    CreateSchema(CreateSchema),
    /// `CREATE EXTENSION`.
    CreateExtension(CreateExtension),
    /// `CREATE FUNCTION` or `CREATE PROCEDURE`.
    CreateFunction(CreateFunction),
    /// `CREATE TRIGGER`.
    CreateTrigger(CreateTrigger),
    /// `CREATE POLICY`.
    CreatePolicy(CreatePolicy),
    /// `ALTER POLICY`.
    AlterPolicy(AlterPolicy),
    /// `COMMENT ON kind name IS ...`.
    Comment(Comment),
    /// `SELECT`, `VALUES`, `TABLE` or a set operation over them.
    Query(Query),
    /// `INSERT`.
    Insert(Insert),
    /// `UPDATE`.
    Update(Update),
    /// `DELETE`.
    Delete(Delete),
    /// `MERGE`.
    Merge(Merge),
    /// `TRUNCATE`.
    Truncate(Vec<ObjectName>),
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh(Refresh),
    /// `REINDEX`, `VACUUM FULL` or `CLUSTER`.
    Rebuild(Rebuild),
    /// `DO`.
    Do(Do),
    /// `BEGIN`, `COMMIT`, `ROLLBACK` and savepoints.
    Transaction(Transaction),
    /// `SET` or `RESET` of a configuration parameter.
    Set(SetParameter),
    /// `LOCK TABLE`.
    Lock(Vec<ObjectName>),
    /// `CREATE PUBLICATION` (true) or `ALTER PUBLICATION` (false).
    Publication(Name, bool),
    /// A statement of another database: recognised, not read.
    Foreign(Dialect),
    /// Any other statement, by its first words in upper case.
    Other(SmolStr),
}

/// A database whose SQL PostgreSQL does not accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// SQLite: `PRAGMA`, `AUTOINCREMENT`.
    Sqlite,
    /// MySQL or MariaDB: back quotes, `ENGINE`, `AUTO_INCREMENT`.
    MySql,
    /// SQL Server: square brackets, `GO`, `NVARCHAR`.
    SqlServer,
}

impl Dialect {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SQLite",
            Dialect::MySql => "MySQL",
            Dialect::SqlServer => "SQL Server",
        }
    }
}
