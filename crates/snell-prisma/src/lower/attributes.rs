//! Reading the arguments of an attribute.

use smol_str::SmolStr;

use crate::ast::{Argument, Attribute, Expression, ExpressionKind};
use crate::datamodel::{Mapped, Value};

/// The string of the argument `name`, or of the one without a name.
pub(super) fn string_argument(attribute: &Attribute, name: &str) -> Option<Mapped> {
    string_value(&attribute.named_or_unnamed(name)?.value)
}

/// The string of the argument `name`.
pub(super) fn named_string(attribute: &Attribute, name: &str) -> Option<Mapped> {
    string_value(&attribute.named(name)?.value)
}

pub(super) fn string_value(value: &Expression) -> Option<Mapped> {
    Some(Mapped {
        name: value.as_string()?.clone(),
        span: value.span,
    })
}

/// The constant of the argument `name`.
pub(super) fn named_constant<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a SmolStr> {
    attribute.named(name)?.value.as_constant()
}

/// What an expression means where a default may stand.
pub(super) fn value(expression: &Expression, in_enum: bool) -> Value {
    match &expression.kind {
        ExpressionKind::String(text) => Value::String(text.clone()),
        ExpressionKind::Number(text) => Value::Number(text.clone()),
        ExpressionKind::Constant(text) if !in_enum && text == "true" => Value::Boolean(true),
        ExpressionKind::Constant(text) if !in_enum && text == "false" => Value::Boolean(false),
        ExpressionKind::Constant(text) => Value::EnumValue(text.clone()),
        ExpressionKind::Function { name, arguments } => Value::Function {
            name: name.text.clone(),
            arguments: arguments.iter().map(|a| value(&a.value, in_enum)).collect(),
        },
        ExpressionKind::List(elements) => {
            Value::List(elements.iter().map(|e| value(e, in_enum)).collect())
        }
        ExpressionKind::Object(_) | ExpressionKind::Missing => Value::Other(SmolStr::default()),
    }
}

/// An argument's value as its author wrote it: a native type's `10` or `"x"`.
pub(super) fn plain(argument: &Argument) -> SmolStr {
    match &argument.value.kind {
        ExpressionKind::String(text)
        | ExpressionKind::Number(text)
        | ExpressionKind::Constant(text) => text.clone(),
        _ => SmolStr::default(),
    }
}
