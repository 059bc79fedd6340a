//! Defaults as DMMF writes them.

use serde::Serialize;

use crate::datamodel::{ScalarType, Value};

/// A default in DMMF.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum DefaultValue<'a> {
    /// A string; also an enum's value, bytes, JSON, a date, and a `BigInt` (which JSON cannot hold).
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// A call.
    Function {
        /// The function.
        name: &'a str,
        /// Its arguments, the ones that Prisma fills in included.
        args: Vec<DefaultValue<'a>>,
    },
    /// A list.
    List(Vec<DefaultValue<'a>>),
}

/// The default of a field of this scalar type, or of an enum.
pub(super) fn project(value: &Value, scalar: Option<ScalarType>) -> DefaultValue<'_> {
    match value {
        Value::String(text) if scalar == Some(ScalarType::DateTime) => {
            DefaultValue::String(date(text))
        }
        Value::String(text) if scalar == Some(ScalarType::Decimal) => number(text, scalar),
        Value::String(text) | Value::EnumValue(text) | Value::Other(text) => {
            DefaultValue::String(text.to_string())
        }
        Value::Number(text) => number(text, scalar),
        Value::Boolean(value) => DefaultValue::Boolean(*value),
        Value::Function { name, arguments } => DefaultValue::Function {
            name,
            args: function_arguments(name, arguments),
        },
        Value::List(elements) => {
            DefaultValue::List(elements.iter().map(|e| project(e, scalar)).collect())
        }
    }
}

/// `uuid()` is version 4, `cuid()` version 1: DMMF says so.
fn function_arguments<'a>(name: &str, arguments: &'a [Value]) -> Vec<DefaultValue<'a>> {
    match (name, arguments) {
        ("uuid", []) => vec![DefaultValue::Integer(4)],
        ("cuid", []) => vec![DefaultValue::Integer(1)],
        _ => arguments.iter().map(|a| project(a, None)).collect(),
    }
}

fn number(text: &str, scalar: Option<ScalarType>) -> DefaultValue<'static> {
    if scalar == Some(ScalarType::BigInt) {
        return DefaultValue::String(text.to_owned());
    }
    if let Ok(whole) = text.parse() {
        return DefaultValue::Integer(whole);
    }
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            DefaultValue::Integer(number as i64)
        }
        Ok(number) => DefaultValue::Float(number),
        Err(_) => DefaultValue::String(text.to_owned()),
    }
}

/// RFC 3339 with an offset in digits.
fn date(text: &str) -> String {
    match text.strip_suffix(['Z', 'z']) {
        Some(local) => format!("{local}+00:00"),
        None => text.to_owned(),
    }
}
