//! Queries and statements that change rows.

use serde::{Deserialize, Serialize};
use snell_source::Span;

use super::{Expr, Name, ObjectName, OrderItem, Statement, TypeName, Window};

/// A query with its `WITH`, its order and its limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Its bytes.
    pub span: Span,
    /// `WITH`.
    pub with: Option<With>,
    /// What gives the rows.
    pub body: QueryBody,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT` or `FETCH FIRST`.
    pub limit: Option<Expr>,
    /// `OFFSET`.
    pub offset: Option<Expr>,
    /// Whether `FOR UPDATE`, `FOR SHARE` or their like lock the rows.
    pub locks: bool,
}

/// What gives a query's rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QueryBody {
    /// `SELECT`.
    Select(Box<Select>),
    /// `VALUES`, row by row.
    Values(Vec<Vec<Expr>>),
    /// `TABLE name`.
    Table(ObjectName),
    /// `left UNION | INTERSECT | EXCEPT [ALL] right`.
    Set(SetOperation, Box<Query>, Box<Query>),
    /// `INSERT`, `UPDATE`, `DELETE` or `MERGE` with `RETURNING`, in a `WITH`.
    Modify(Box<Statement>),
    /// Not understood.
    Unknown,
}

/// A set operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SetOperation {
    /// `UNION`; true with `ALL`.
    Union(bool),
    /// `INTERSECT`.
    Intersect,
    /// `EXCEPT`.
    Except,
}

/// `WITH [RECURSIVE] ...`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct With {
    /// Whether `RECURSIVE` was written.
    pub recursive: bool,
    /// The common table expressions.
    pub tables: Vec<CommonTable>,
}

/// One common table expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommonTable {
    /// Its name.
    pub name: Name,
    /// Its columns' names, when written.
    pub columns: Vec<Name>,
    /// Its query.
    pub query: Query,
}

/// A `SELECT` without order and limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Select {
    /// `DISTINCT`, with the expressions of `DISTINCT ON`.
    pub distinct: Option<Vec<Expr>>,
    /// What is selected.
    pub targets: Vec<Target>,
    /// `FROM`.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub condition: Option<Expr>,
    /// `GROUP BY`.
    pub group_by: Vec<Expr>,
    /// Whether `ROLLUP`, `CUBE` or `GROUPING SETS` make grouped columns nullable.
    pub grouping_sets: bool,
    /// `HAVING`.
    pub having: Option<Expr>,
    /// `WINDOW name AS (...)`.
    pub windows: Vec<(Name, Window)>,
}

/// An item of a `SELECT` or `RETURNING` list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The expression.
    pub expr: Expr,
    /// `AS name`.
    pub alias: Option<Name>,
}

/// An item of a `FROM` list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromItem {
    /// A table, a view or a common table expression.
    Table(ObjectName, Option<Alias>),
    /// A call, or `ROWS FROM (...)` with several.
    Function(FromFunction),
    /// `(query)`; true when `LATERAL`.
    Subquery(Box<Query>, Option<Alias>, bool),
    /// A join.
    Join(Box<Join>),
}

/// A function in `FROM`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FromFunction {
    /// The calls, one unless `ROWS FROM`.
    pub calls: Vec<Expr>,
    /// `WITH ORDINALITY`.
    pub ordinality: bool,
    /// `AS name (columns)`.
    pub alias: Option<Alias>,
}

/// `AS name (columns)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// The name; a column definition list may come without one.
    pub name: Option<Name>,
    /// The columns' names.
    pub columns: Vec<Name>,
    /// Their types, in a column definition list.
    pub types: Vec<TypeName>,
}

/// A join of two items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Join {
    /// How the sides join.
    pub kind: JoinKind,
    /// Left side.
    pub left: FromItem,
    /// Right side.
    pub right: FromItem,
    /// What decides which rows match.
    pub condition: JoinCondition,
    /// Its own alias: `(a JOIN b ...) AS c`, or `USING (...) AS c`.
    pub alias: Option<Alias>,
}

/// How the sides of a join join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinKind {
    /// `[INNER] JOIN`.
    Inner,
    /// `LEFT JOIN`.
    Left,
    /// `RIGHT JOIN`.
    Right,
    /// `FULL JOIN`.
    Full,
    /// `CROSS JOIN`.
    Cross,
}

/// What decides which rows of a join match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum JoinCondition {
    /// Nothing: `CROSS JOIN`.
    None,
    /// `ON`.
    On(Expr),
    /// `USING (columns)`.
    Using(Vec<Name>),
    /// `NATURAL`.
    Natural,
}

/// `INSERT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Insert {
    /// `WITH`.
    pub with: Option<With>,
    /// The table.
    pub table: ObjectName,
    /// `AS name`.
    pub alias: Option<Name>,
    /// The columns, when written.
    pub columns: Vec<Name>,
    /// The rows; none for `DEFAULT VALUES`.
    pub source: Option<Box<Query>>,
    /// `ON CONFLICT`.
    pub conflict: Option<OnConflict>,
    /// `RETURNING`.
    pub returning: Vec<Target>,
}

/// `ON CONFLICT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OnConflict {
    /// Its bytes.
    pub span: Span,
    /// The columns or expressions of the unique index that is meant.
    pub keys: Vec<Expr>,
    /// The index's predicate.
    pub predicate: Option<Expr>,
    /// `ON CONSTRAINT name`.
    pub constraint: Option<Name>,
    /// `DO UPDATE SET`; none for `DO NOTHING`.
    pub update: Option<Vec<Assignment>>,
    /// `DO UPDATE ... WHERE`.
    pub condition: Option<Expr>,
}

/// `column = value`, or `(columns) = (values)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The columns that are set.
    pub columns: Vec<Name>,
    /// Whether a subscript or field follows the column.
    pub partial: bool,
    /// Their values: one for each column, or one query for all.
    pub values: Vec<Expr>,
}

/// `UPDATE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// `WITH`.
    pub with: Option<With>,
    /// The table.
    pub table: ObjectName,
    /// `AS name`.
    pub alias: Option<Name>,
    /// `SET`.
    pub assignments: Vec<Assignment>,
    /// `FROM`.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub condition: Option<Expr>,
    /// `RETURNING`.
    pub returning: Vec<Target>,
}

/// `DELETE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delete {
    /// `WITH`.
    pub with: Option<With>,
    /// The table.
    pub table: ObjectName,
    /// `AS name`.
    pub alias: Option<Name>,
    /// `USING`.
    pub using: Vec<FromItem>,
    /// `WHERE`.
    pub condition: Option<Expr>,
    /// `RETURNING`.
    pub returning: Vec<Target>,
}

/// `MERGE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// `WITH`.
    pub with: Option<With>,
    /// The table that changes.
    pub table: ObjectName,
    /// `AS name`.
    pub alias: Option<Name>,
    /// `USING`.
    pub source: Vec<FromItem>,
    /// `ON`.
    pub condition: Option<Expr>,
    /// `UPDATE SET` of every `WHEN`.
    pub assignments: Vec<Assignment>,
    /// `RETURNING`.
    pub returning: Vec<Target>,
}
