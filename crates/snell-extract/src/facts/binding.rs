//! Declared names, and what each scope's identifiers mean.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{ClassId, ExpressionId, FunctionId, TypeId};

/// A name that is declared in some scope of the module.
///
/// Identifiers are resolved to bindings during extraction, shadowing and
/// hoisting included, so that no later floor looks at scopes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The name.
    pub name: SmolStr,
    /// Where it is declared.
    pub span: Span,
    /// What declares it.
    pub kind: BindingKind,
    /// The function whose scope (or whose block) holds it; `None` at module level.
    pub function: Option<FunctionId>,
    /// Whether anything assigns to it after its declaration.
    pub reassigned: bool,
}

/// What declares a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BindingKind {
    /// The import at this position of the module's imports.
    Import(u32),
    /// A variable.
    Variable {
        /// `const`, `let`, ...
        kind: VariableKind,
        /// The annotation of the whole declarator.
        ty: Option<TypeId>,
        /// Where its first value comes from; absent for loop variables and `let a;`.
        init: Option<Initializer>,
    },
    /// A parameter, or a name inside a destructured one.
    Parameter {
        /// Whose.
        function: FunctionId,
        /// Which.
        index: u32,
        /// The way into the argument, when it is destructured.
        path: Vec<PatternStep>,
    },
    /// A function declaration, or the own name of a function expression.
    Function(FunctionId),
    /// A class.
    Class(ClassId),
    /// The enum at this position of the module's enums.
    Enum(u32),
    /// A `catch` parameter, or a name inside it.
    Catch,
    /// A `namespace` or `module`.
    Namespace,
}

/// Where a variable's first value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initializer {
    /// The right side of the declaration.
    pub value: ExpressionId,
    /// The way into it, when it is destructured.
    pub path: Vec<PatternStep>,
    /// The default, when the innermost pattern has one.
    pub default: Option<ExpressionId>,
}

/// One step of destructuring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PatternStep {
    /// `{ name }`
    Property(SmolStr),
    /// `[ , x]`
    Element(u32),
    /// `...rest`
    Rest,
    /// `{ [key]: x }`
    Computed,
}

/// The words that declare variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VariableKind {
    /// `const`
    Const,
    /// `let`
    Let,
    /// `var`
    Var,
    /// `using`, `await using`
    Using,
}
