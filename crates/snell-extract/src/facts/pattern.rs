//! What stands on the left of an assignment, in a declaration or a parameter.

use serde::{Deserialize, Serialize};

use super::{BindingId, ExpressionId, PropertyKey};

/// A target of destructuring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// A declared name.
    Binding(BindingId),
    /// `{ a, b: c = 1, ...rest }`
    Object {
        /// The named properties.
        properties: Vec<PatternProperty>,
        /// `...rest`
        rest: Option<Box<Pattern>>,
    },
    /// `[a, , b, ...rest]`
    Array {
        /// The positions; `None` for a hole.
        elements: Vec<Option<Pattern>>,
        /// `...rest`
        rest: Option<Box<Pattern>>,
    },
    /// `target = value` inside a pattern or parameter list.
    Default {
        /// The target.
        target: Box<Pattern>,
        /// Used when the value is `undefined`.
        value: ExpressionId,
    },
    /// An assignment's target that declares nothing: a name, a member.
    Expression(ExpressionId),
    /// Broken code.
    Unknown,
}

/// `key: value` in an object pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatternProperty {
    /// The property that is read.
    pub key: PropertyKey,
    /// Where it goes.
    pub value: Pattern,
}
