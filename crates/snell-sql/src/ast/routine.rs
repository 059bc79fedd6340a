//! Routines, triggers, policies, `DO` blocks and the rest of a session.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{Expr, Name, ObjectName, Query, Statement, TypeName};

/// `CREATE [OR REPLACE] FUNCTION | PROCEDURE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateFunction {
    /// The routine.
    pub name: ObjectName,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// Whether it is a procedure.
    pub procedure: bool,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// `RETURNS`; none with only `OUT` parameters and for procedures.
    pub returns: Option<TypeName>,
    /// `RETURNS SETOF` or `RETURNS TABLE`.
    pub returns_set: bool,
    /// `RETURNS TABLE (...)`.
    pub table: Vec<(Name, TypeName)>,
    /// `LANGUAGE`, in lower case.
    pub language: Option<SmolStr>,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: SmolStr,
    /// `SECURITY DEFINER`.
    pub security_definer: bool,
    /// `STRICT` or `RETURNS NULL ON NULL INPUT`.
    pub strict: bool,
    /// `SET search_path ...`.
    pub sets_search_path: bool,
    /// Its body, as the file spells it.
    pub body: Option<Body>,
}

/// A routine's body: its statements as far as its language is understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The literal that holds it.
    pub span: Span,
    /// The text inside, decoded.
    pub text: SmolStr,
    /// A PL/pgSQL block, its spans in the file.
    pub block: Option<Block>,
    /// The statements of a SQL function, their spans in the file.
    pub statements: Vec<Statement>,
}

/// A routine's parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name, when written.
    pub name: Option<Name>,
    /// How it passes.
    pub mode: ParameterMode,
    /// Its type.
    pub type_name: TypeName,
    /// Whether it has a default.
    pub default: bool,
}

/// How a parameter passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ParameterMode {
    In,
    Out,
    InOut,
    Variadic,
}

/// `DO`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Do {
    /// `LANGUAGE`, in lower case; `plpgsql` unless written.
    pub language: SmolStr,
    /// Its block, when the language is PL/pgSQL.
    pub block: Option<Block>,
    /// Whether its text holds a word that could define, drop or fill something.
    pub shapes: bool,
}

/// A PL/pgSQL block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// `DECLARE`: names with their first values.
    pub variables: Vec<Variable>,
    /// Between `BEGIN` and `END`.
    pub body: Vec<Step>,
    /// `EXCEPTION WHEN ... THEN`.
    pub handlers: Vec<Handler>,
}

/// A variable of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: Name,
    /// Its first value.
    pub value: Option<Expr>,
}

/// `WHEN condition OR ... THEN`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// Condition names in lower case (`duplicate_object`, `others`) or SQLSTATEs.
    pub conditions: Vec<SmolStr>,
    /// What runs then.
    pub body: Vec<Step>,
}

/// One step of a PL/pgSQL body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its bytes.
    pub span: Span,
    /// What it does.
    pub kind: StepKind,
}

/// What a step of a PL/pgSQL body does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant)]
pub enum StepKind {
    /// A SQL statement, with the names behind `INTO`.
    Sql(Box<Statement>, Vec<SmolStr>),
    /// `PERFORM query`.
    Perform(Query),
    /// `EXECUTE text`, with the names behind `INTO`.
    Execute(Expr, Vec<SmolStr>),
    /// `IF ... ELSIF ... ELSE`.
    If(Vec<(Expr, Vec<Step>)>, Vec<Step>),
    /// A nested block.
    Block(Block),
    /// `name := value`.
    Assign(SmolStr, Expr),
    /// A loop of any other kind: its body runs any number of times.
    Loop(Vec<Step>),
    /// `FOREACH name IN ARRAY value LOOP`.
    ForEach(SmolStr, Expr, Vec<Step>),
    /// `FOR name IN query LOOP`.
    ForQuery(SmolStr, Box<Statement>, Vec<Step>),
    /// `RAISE EXCEPTION` (true) or a message that changes nothing.
    Raise(bool),
    /// `RETURN`.
    Return,
    /// `EXIT` or `CONTINUE`: the rest of a loop's body is left out.
    Leave,
    /// Nothing that changes the catalog: `NULL`, `GET DIAGNOSTICS`, cursors.
    Nothing,
    /// Not understood.
    Unknown,
}

/// `CREATE [OR REPLACE] TRIGGER`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateTrigger {
    /// The trigger.
    pub name: Name,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// The table or view.
    pub table: ObjectName,
    /// `before`, `after` or `instead of`.
    pub timing: SmolStr,
    /// `insert`, `update`, `delete`, `truncate`.
    pub events: Vec<SmolStr>,
    /// The columns of `UPDATE OF`.
    pub columns: Vec<Name>,
    /// `FOR EACH ROW`.
    pub for_each_row: bool,
    /// `WHEN (...)`.
    pub condition: Option<Expr>,
    /// The function that it executes.
    pub function: ObjectName,
}

/// `CREATE POLICY`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreatePolicy {
    /// The policy.
    pub name: Name,
    /// The table.
    pub table: ObjectName,
    /// `PERMISSIVE`, unless `AS RESTRICTIVE`.
    pub permissive: bool,
    /// `all`, `select`, `insert`, `update` or `delete`.
    pub command: SmolStr,
    /// `TO`; empty for `PUBLIC`.
    pub roles: Vec<Name>,
    /// `USING`.
    pub using: Option<Expr>,
    /// `WITH CHECK`.
    pub check: Option<Expr>,
}

/// `ALTER POLICY` (not `RENAME TO`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlterPolicy {
    /// The policy.
    pub name: Name,
    /// The table.
    pub table: ObjectName,
    /// `USING`, when written.
    pub using: Option<Expr>,
    /// `WITH CHECK`, when written.
    pub check: Option<Expr>,
}

/// What a transaction statement does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `SAVEPOINT name`.
    Savepoint(Name),
    /// `RELEASE SAVEPOINT name`.
    Release(Name),
    /// `ROLLBACK TO SAVEPOINT name`.
    RollbackTo(Name),
    /// Two-phase commit.
    Other,
}

/// `SET name = value` or `RESET name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetParameter {
    /// The parameter, in lower case (`search_path`, `lock_timeout`).
    pub name: SmolStr,
    /// `SET LOCAL`.
    pub local: bool,
    /// Its values as written, without quotes; empty for `DEFAULT` and `RESET`.
    pub values: Vec<SmolStr>,
}
