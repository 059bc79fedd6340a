//! Expressions.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{Name, ObjectName, Query, TypeName};

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// Its bytes.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ExprKind {
    /// `NULL`.
    Null,
    /// `TRUE`, `FALSE`.
    Bool(bool),
    /// An integer literal, as written.
    Integer(SmolStr),
    /// A literal with a point or an exponent, as written.
    Decimal(SmolStr),
    /// A string literal of any quoting, decoded.
    String(SmolStr),
    /// `B'01'` or `X'1F'`, as written.
    Bits(SmolStr),
    /// `$n`.
    Parameter(u32),
    /// `DEFAULT` in a `VALUES` row or a `SET` list.
    Default,
    /// A column, with up to schema, table and column; or a whole row by its table's name.
    Column(Vec<Name>),
    /// `*` or `t.*`, with the parts before the star.
    Star(Vec<Name>),
    /// `left operator right`; `LIKE` is `~~`, `!=` is `<>`, as in `pg_operator`.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `operator operand`.
    Unary(Operator, Box<Expr>),
    /// `AND` (true) or `OR` (false) over two or more operands.
    Logical(bool, Vec<Expr>),
    /// `NOT operand`.
    Not(Box<Expr>),
    /// `operand IS [NOT] NULL`; true for `IS NULL`.
    IsNull(Box<Expr>, bool),
    /// `operand IS [NOT] TRUE | FALSE | UNKNOWN | JSON | NORMALIZED`, with the words after `IS`.
    Is(Box<Expr>, SmolStr),
    /// `left IS [NOT] DISTINCT FROM right`; true for `IS DISTINCT FROM`.
    Distinct(Box<Expr>, Box<Expr>, bool),
    /// `operand [NOT] BETWEEN low AND high`; true for `BETWEEN`.
    Between(Box<Expr>, Box<Expr>, Box<Expr>, bool),
    /// `operand [NOT] IN (list)`; true for `IN`.
    InList(Box<Expr>, Vec<Expr>, bool),
    /// `operand [NOT] IN (query)`; true for `IN`.
    InQuery(Box<Expr>, Box<Query>, bool),
    /// `left operator ANY | ALL (array)`; true for `ANY`.
    AnyArray(Operator, Box<Expr>, Box<Expr>, bool),
    /// `left operator ANY | ALL (query)`; true for `ANY`.
    AnyQuery(Operator, Box<Expr>, Box<Query>, bool),
    /// `operand::type`, `CAST(operand AS type)`, `type 'literal'`.
    Cast(Box<Expr>, TypeName),
    /// A function, an aggregate or a window function.
    Call(Box<Call>),
    /// `CURRENT_TIMESTAMP` and its like, in lower case.
    Keyword(SmolStr),
    /// `CASE`.
    Case(Box<Case>),
    /// `ARRAY[...]`.
    Array(Vec<Expr>),
    /// `ARRAY(query)`.
    ArrayQuery(Box<Query>),
    /// `ROW(...)` or `(a, b)`.
    Row(Vec<Expr>),
    /// `(query)` as a value.
    Subquery(Box<Query>),
    /// `EXISTS (query)`.
    Exists(Box<Query>),
    /// `operand[index]` (one expression) or `operand[low:high]` (the present bounds; true).
    Subscript(Box<Expr>, Vec<Expr>, bool),
    /// `(operand).field`.
    Field(Box<Expr>, Name),
    /// `(operand).*`.
    FieldStar(Box<Expr>),
    /// `operand COLLATE name`.
    Collate(Box<Expr>, ObjectName),
    /// Something that the parser could not understand, or that nobody asks about.
    Unknown,
}

/// An operator as written, under the name that `pg_operator` has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Its symbol: `=`, `<=>`, `~~`.
    pub symbol: SmolStr,
    /// Where it stands.
    pub span: Span,
}

/// A call with everything that may stand around its arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The function.
    pub name: ObjectName,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// Whether it was written with `(*)`.
    pub star: bool,
    /// Whether `DISTINCT` stands before the arguments.
    pub distinct: bool,
    /// `ORDER BY` inside the parentheses, or of `WITHIN GROUP`.
    pub order_by: Vec<OrderItem>,
    /// Whether that order came from `WITHIN GROUP`.
    pub within_group: bool,
    /// `FILTER (WHERE ...)`.
    pub filter: Option<Expr>,
    /// `OVER (...)` or `OVER name`.
    pub over: Option<Window>,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// `name => value`.
    pub name: Option<Name>,
    /// `VARIADIC array`.
    pub variadic: bool,
    /// The value.
    pub value: Expr,
}

/// A window: its own words, or the name of one defined by `WINDOW`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The window that it names or starts from.
    pub base: Option<Name>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
}

/// `CASE [operand] WHEN ... THEN ... ELSE ... END`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The operand of a simple `CASE`.
    pub operand: Option<Expr>,
    /// Conditions and results.
    pub branches: Vec<(Expr, Expr)>,
    /// `ELSE`.
    pub otherwise: Option<Expr>,
}

/// An item of an `ORDER BY`, or of an index's keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// What is sorted.
    pub expr: Expr,
    /// Whether `DESC` was written.
    pub descending: bool,
    /// `NULLS FIRST` (true) or `NULLS LAST` (false), when written.
    pub nulls_first: Option<bool>,
}
