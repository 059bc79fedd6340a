//! Types as written.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{Name, Parameter, TypeId};

/// A type and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeNode {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: TypeExpression,
}

/// A type as written; names are not resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TypeExpression {
    /// `Name`, `Prisma.TransactionClient`, `Array<T>`; primitives too (`string`, `void`).
    Named {
        /// The dotted name.
        name: SmolStr,
        /// `<T>`
        arguments: Vec<TypeId>,
    },
    /// `'a'`
    StringLiteral(SmolStr),
    /// `1`, as written.
    NumberLiteral(SmolStr),
    /// `true`
    BooleanLiteral(bool),
    /// `null`
    Null,
    /// `undefined`
    Undefined,
    /// `A | B`, flattened.
    Union(Vec<TypeId>),
    /// `A & B`, flattened.
    Intersection(Vec<TypeId>),
    /// `T[]`; `Array<T>` stays [`TypeExpression::Named`].
    Array(TypeId),
    /// `[A, B]`; names of labelled elements are left out.
    Tuple(Vec<TypeId>),
    /// `{ a: T }`
    Object(Vec<TypeMember>),
    /// `(a: A) => R`, `new () => R`
    Function {
        /// The parameters.
        parameters: Vec<Parameter>,
        /// The result.
        result: Option<TypeId>,
    },
    /// `typeof a.b`
    Typeof(SmolStr),
    /// `keyof T`
    Keyof(TypeId),
    /// `T[K]`
    IndexedAccess {
        /// The object type.
        object: TypeId,
        /// The key type.
        index: TypeId,
    },
    /// `readonly T`
    Readonly(TypeId),
    /// `C extends E ? A : B`
    Conditional {
        /// `C`, `E`, `A`, `B`.
        parts: [TypeId; 4],
    },
    /// `{ [K in C]: T }`
    Mapped {
        /// `C`
        constraint: Option<TypeId>,
        /// `T`
        value: Option<TypeId>,
    },
    /// `` `a${T}` ``
    Template(Vec<TypeId>),
    /// `a is T`, `asserts a is T`
    Predicate(Option<TypeId>),
    /// Anything else, as written.
    Other(SmolStr),
}

/// A member of an object type or interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeMember {
    /// The name; empty for index, call and construct signatures.
    pub name: Name,
    /// The type of the value (of a method: [`TypeExpression::Function`]).
    pub ty: Option<TypeId>,
    /// `?`
    pub optional: bool,
    /// `readonly`
    pub readonly: bool,
    /// The whole member.
    pub span: Span,
}
