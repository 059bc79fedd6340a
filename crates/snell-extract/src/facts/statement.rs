//! Statements, kept structured: no jump graph, early exits are visible.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{ClassId, ExpressionId, FunctionId, Pattern, TypeId, VariableKind};

/// Statements in order.
pub type Block = Vec<StatementNode>;

/// A statement and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementNode {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: Statement,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Statement {
    /// An expression for its effect.
    Expression(ExpressionId),
    /// `const a = 1, { b } = c`
    Variable {
        /// `const`, `let`, `var`, `using`.
        kind: VariableKind,
        /// The declared variables.
        declarators: Vec<VariableDeclarator>,
    },
    /// `return a`
    Return(Option<ExpressionId>),
    /// `throw a`
    Throw(ExpressionId),
    /// `if (test) then else otherwise`
    If {
        /// The condition.
        test: ExpressionId,
        /// When it holds.
        then: Block,
        /// When it does not.
        otherwise: Option<Block>,
    },
    /// `for (init; test; update) body`
    For {
        /// Before the loop.
        init: Block,
        /// The condition.
        test: Option<ExpressionId>,
        /// After each round.
        update: Option<ExpressionId>,
        /// The loop's body.
        body: Block,
    },
    /// `for (target of iterable) body`, `for await`
    ForOf {
        /// The loop's variable.
        target: Pattern,
        /// What is iterated.
        iterable: ExpressionId,
        /// `for await`
        is_await: bool,
        /// The loop's body.
        body: Block,
    },
    /// `for (target in object) body`
    ForIn {
        /// The loop's variable.
        target: Pattern,
        /// Whose keys.
        object: ExpressionId,
        /// The loop's body.
        body: Block,
    },
    /// `while (test) body`
    While {
        /// The condition.
        test: ExpressionId,
        /// The loop's body.
        body: Block,
    },
    /// `do body while (test)`
    DoWhile {
        /// The loop's body.
        body: Block,
        /// The condition.
        test: ExpressionId,
    },
    /// `switch (subject) { cases }`
    Switch {
        /// What is compared.
        subject: ExpressionId,
        /// The cases in order; they fall through.
        cases: Vec<Case>,
    },
    /// `try block catch (parameter) handler finally finalizer`
    Try {
        /// The guarded statements.
        block: Block,
        /// The caught value.
        parameter: Option<Pattern>,
        /// `catch`
        handler: Option<Block>,
        /// `finally`
        finalizer: Option<Block>,
    },
    /// `{ }`
    Block(Block),
    /// `label: statement`
    Labeled {
        /// The label.
        label: SmolStr,
        /// The statement, as a block of one.
        body: Block,
    },
    /// `break`, `break label`
    Break(Option<SmolStr>),
    /// `continue`, `continue label`
    Continue(Option<SmolStr>),
    /// A function declaration (hoisted).
    Function(FunctionId),
    /// A class declaration.
    Class(ClassId),
    /// A declaration that runs nothing, or broken code.
    Other,
}

/// One variable of a declaration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariableDeclarator {
    /// What is declared.
    pub target: Pattern,
    /// The annotation.
    pub ty: Option<TypeId>,
    /// The initial value.
    pub init: Option<ExpressionId>,
    /// Where.
    pub span: Span,
}

/// A case of a `switch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// `case test:`; `None` for `default:`.
    pub test: Option<ExpressionId>,
    /// The statements.
    pub body: Block,
    /// Where.
    pub span: Span,
}
