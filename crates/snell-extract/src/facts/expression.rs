//! Expressions.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{BindingId, ClassId, ExpressionId, FunctionId, Name, Pattern, TypeId};

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpressionNode {
    /// Where; surrounding parentheses left out.
    pub span: Span,
    /// What.
    pub kind: Expression,
}

/// An expression. Parentheses leave no node of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Expression {
    /// A name; `binding` is `None` for globals and names of broken code.
    Identifier {
        /// The name.
        name: SmolStr,
        /// What declares it in this module.
        binding: Option<BindingId>,
    },
    /// `this`
    This,
    /// `super`
    Super,
    /// A string literal, escapes resolved.
    String(SmolStr),
    /// A number literal, as written (`1_000`, `0x10`, `1e3`).
    Number(SmolStr),
    /// A bigint literal, as written without the `n`.
    BigInt(SmolStr),
    /// `true` or `false`
    Boolean(bool),
    /// `null`
    Null,
    /// `undefined` or `void 0`
    Undefined,
    /// A regular expression, as written.
    Regex(SmolStr),
    /// `` `a ${b} c` ``: one chunk more than values.
    Template {
        /// The text between the values.
        chunks: Box<[TemplateChunk]>,
        /// The interpolated values.
        values: Box<[ExpressionId]>,
    },
    /// `` tag`a ${b}` ``, with the type arguments that stand before the backtick.
    TaggedTemplate {
        /// The function.
        tag: ExpressionId,
        /// `tag<T>`
        type_arguments: Box<[TypeId]>,
        /// From backtick to backtick.
        template: Box<Tagged>,
    },
    /// `[a, ...b]`
    Array(Box<[Element]>),
    /// `{ a: 1, ...b }`
    Object(Box<[Property]>),
    /// An arrow function or function expression.
    Function(FunctionId),
    /// A class expression.
    Class(ClassId),
    /// `object.property`, `object?.property`
    Member {
        /// The left side.
        object: ExpressionId,
        /// The property; private names keep their `#`.
        property: Name,
        /// `?.`
        optional: bool,
    },
    /// `object[index]`
    Index {
        /// The left side.
        object: ExpressionId,
        /// What stands in the brackets.
        index: ExpressionId,
        /// `?.[`
        optional: bool,
    },
    /// `callee<T>(arguments)`
    Call {
        /// What is called.
        callee: ExpressionId,
        /// `<T>`
        type_arguments: Box<[TypeId]>,
        /// `(a, ...b)`
        arguments: Box<[Argument]>,
        /// `?.(`
        optional: bool,
    },
    /// `new callee<T>(arguments)`
    New {
        /// What is constructed.
        callee: ExpressionId,
        /// `<T>`
        type_arguments: Box<[TypeId]>,
        /// `(a, ...b)`
        arguments: Box<[Argument]>,
    },
    /// `import('x')`
    DynamicImport(ExpressionId),
    /// `!a`, `-a`, `typeof a`, ...
    Unary {
        /// The operator.
        operator: UnaryOperator,
        /// Its operand.
        operand: ExpressionId,
    },
    /// `a++`, `--a`
    Update {
        /// What changes.
        target: ExpressionId,
        /// `++` rather than `--`.
        increment: bool,
    },
    /// `a + b`, `a === b`, ...
    Binary {
        /// The operator.
        operator: BinaryOperator,
        /// Left operand.
        left: ExpressionId,
        /// Right operand.
        right: ExpressionId,
    },
    /// `a && b`, `a || b`, `a ?? b`
    Logical {
        /// The operator.
        operator: LogicalOperator,
        /// Left operand.
        left: ExpressionId,
        /// Right operand, evaluated only when the left one does not decide.
        right: ExpressionId,
    },
    /// `test ? then : otherwise`
    Conditional {
        /// The condition.
        test: ExpressionId,
        /// When it holds.
        then: ExpressionId,
        /// When it does not.
        otherwise: ExpressionId,
    },
    /// `target = value`, `target += value`, `({ a } = value)`
    Assign {
        /// The operator.
        operator: AssignOperator,
        /// What is assigned; [`Pattern::Expression`] for members and names.
        target: Box<Pattern>,
        /// The right side.
        value: ExpressionId,
    },
    /// `await a`
    Await(ExpressionId),
    /// `yield a`, `yield* a`
    Yield(Option<ExpressionId>),
    /// `a as T`, `a satisfies T`, `a!`, `<T>a`, `a as const`
    Cast {
        /// The value.
        value: ExpressionId,
        /// The type; absent for `!` and `as const`.
        ty: Option<TypeId>,
        /// Which of them.
        kind: CastKind,
    },
    /// `a, b`
    Sequence(Box<[ExpressionId]>),
    /// A JSX element or fragment.
    Jsx(Box<JsxElement>),
    /// Anything else. What stands inside is kept, so that no call is lost.
    Unknown(Box<[ExpressionId]>),
}

// Most of what is kept of a module is its expressions: the largest decides what each of them takes.
const _: () = assert!(size_of::<ExpressionNode>() <= 48);

/// The template of a tagged one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// The text between the values.
    pub chunks: Box<[TemplateChunk]>,
    /// The interpolated values.
    pub values: Box<[ExpressionId]>,
    /// From backtick to backtick.
    pub span: Span,
}

/// A JSX element or fragment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsxElement {
    /// The tag's text; empty for a fragment.
    pub tag: SmolStr,
    /// `name={value}`; spreads have an empty name.
    pub attributes: Box<[(SmolStr, Option<ExpressionId>)]>,
    /// Elements and `{expressions}` inside.
    pub children: Box<[ExpressionId]>,
}

/// The text of a template between two values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateChunk {
    /// The text, escapes resolved.
    pub text: SmolStr,
    /// Where it stands.
    pub span: Span,
    /// Whether the text equals the source, so that offsets carry over.
    pub verbatim: bool,
}

/// An element of an array literal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Element {
    /// `a`
    Value(ExpressionId),
    /// `...a`
    Spread(ExpressionId),
    /// Nothing between two commas.
    Hole,
}

/// An argument of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// The value.
    pub value: ExpressionId,
    /// `...value`
    pub spread: bool,
}

/// A property of an object literal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Property {
    /// `key: value`; `{ key }` has an identifier of the same span as its value.
    Value {
        /// The key.
        key: PropertyKey,
        /// The value.
        value: ExpressionId,
        /// `{ key }`
        shorthand: bool,
        /// Key and value.
        span: Span,
    },
    /// `...value`
    Spread {
        /// The value.
        value: ExpressionId,
        /// With the dots.
        span: Span,
    },
    /// `key() { }`, `get key() { }`, `set key(v) { }`
    Method {
        /// The key.
        key: PropertyKey,
        /// The function; its kind tells accessors.
        function: FunctionId,
        /// The whole.
        span: Span,
    },
}

/// The key of an object literal's property, or a class member's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PropertyKey {
    /// `a`, `'a'`, `1`, `#a`, `['a']`: known as written.
    Static(Name),
    /// `[expression]`
    Computed(ExpressionId),
}

impl PropertyKey {
    /// The name, when it is known as written.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        match self {
            PropertyKey::Static(name) => Some(name),
            PropertyKey::Computed(_) => None,
        }
    }
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `~`
    BitNot,
    /// `typeof`
    Typeof,
    /// `void`
    Void,
    /// `delete`
    Delete,
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinaryOperator {
    /// `===` and `==`
    Equal,
    /// `!==` and `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `**`
    Power,
    /// `in`
    In,
    /// `instanceof`
    Instanceof,
    /// `&`, `|`, `^`, `<<`, `>>`, `>>>`
    Bitwise,
}

/// Operators that may leave their right operand unevaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogicalOperator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Coalesce,
}

/// Assignment operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssignOperator {
    /// `=`
    Assign,
    /// `+=`, `-=`, ...
    Compound(BinaryOperator),
    /// `&&=`, `||=`, `??=`
    Logical(LogicalOperator),
}

/// The forms of a cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CastKind {
    /// `a as T`, `<T>a`
    As,
    /// `a as const`
    Const,
    /// `a satisfies T`
    Satisfies,
    /// `a!`
    NonNull,
}
