//! What a value is, as far as its type goes, and which places take it.

use smol_str::SmolStr;
use snell_extract::facts::{BinaryOperator, Expression, UnaryOperator};
use snell_flow::{Literal, Value};
use snell_prisma::{Datamodel, ScalarType};
use snell_project::{
    Project,
    client::arguments::{Atom, Input},
    module::{ExpressionRef, Symbol},
};

/// The kind of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string, and which when it is constant.
    Text(Option<SmolStr>),
    /// A number, and which (as written) when it is constant.
    Number(Option<SmolStr>),
    BigInt,
    Boolean,
    Date,
    Null,
    List,
    Object,
    /// A member that an enum does not have: its name. It is `undefined` when
    /// the program runs.
    NoMember(SmolStr),
}

impl Kind {
    /// In words, for a message.
    pub(super) fn words(&self) -> String {
        match self {
            Kind::Text(Some(text)) if text.is_empty() => "the empty string".to_owned(),
            Kind::Text(Some(text)) => format!("the string `{text}`"),
            Kind::Text(None) => "a string".to_owned(),
            Kind::Number(Some(number)) => format!("the number `{number}`"),
            Kind::Number(None) => "a number".to_owned(),
            Kind::BigInt => "a bigint".to_owned(),
            Kind::Boolean => "a boolean".to_owned(),
            Kind::Date => "a `Date`".to_owned(),
            Kind::Null => "`null`".to_owned(),
            Kind::List => "a list".to_owned(),
            Kind::Object => "an object".to_owned(),
            Kind::NoMember(name) => format!("`{name}`"),
        }
    }

    /// Of a value that is known.
    pub(super) fn of(value: &Value) -> Option<Kind> {
        Some(match value {
            Value::Null => Kind::Null,
            Value::Literal(Literal::String(text)) => Kind::Text(Some(text.clone())),
            Value::Literal(Literal::Number(number)) => Kind::Number(Some(SmolStr::new(number))),
            Value::Literal(Literal::BigInt(_)) => Kind::BigInt,
            Value::Literal(Literal::Boolean(_)) => Kind::Boolean,
            Value::Text(_) => Kind::Text(None),
            Value::Array(_) => Kind::List,
            Value::Object(object) if !object.entries.is_empty() => Kind::Object,
            _ => return None,
        })
    }

    /// Of an expression whose form alone tells.
    pub(super) fn of_expression(project: &Project, at: ExpressionRef) -> Option<Kind> {
        let facts = project.modules.facts(at.module);
        let id = facts.unwrap_casts(at.id);
        Some(match facts.expression(id) {
            Expression::String(text) => Kind::Text(Some(text.clone())),
            Expression::Number(number) => Kind::Number(Some(number.clone())),
            Expression::BigInt(_) => Kind::BigInt,
            Expression::Null => Kind::Null,
            Expression::Template { .. } => Kind::Text(None),
            Expression::Boolean(_) => Kind::Boolean,
            Expression::Unary { operator, .. } => match operator {
                UnaryOperator::Not => Kind::Boolean,
                UnaryOperator::Typeof => Kind::Text(None),
                UnaryOperator::Plus => Kind::Number(None),
                _ => return None,
            },
            Expression::Binary {
                operator:
                    BinaryOperator::Equal
                    | BinaryOperator::NotEqual
                    | BinaryOperator::Less
                    | BinaryOperator::LessEqual
                    | BinaryOperator::Greater
                    | BinaryOperator::GreaterEqual
                    | BinaryOperator::In
                    | BinaryOperator::Instanceof,
                ..
            } => Kind::Boolean,
            Expression::New { callee, .. } => match global(project, at, *callee)? {
                "Date" => Kind::Date,
                _ => return None,
            },
            Expression::Call { callee, .. } => call(project, at, *callee)?,
            _ => return None,
        })
    }
}

/// The name, when it is one that nothing in the module declares.
fn global(
    project: &Project,
    at: ExpressionRef,
    id: snell_extract::facts::ExpressionId,
) -> Option<&str> {
    match project.modules.facts(at.module).expression(id) {
        Expression::Identifier {
            name,
            binding: None,
        } => Some(name),
        _ => None,
    }
}

/// Calls of the language's own functions.
fn call(
    project: &Project,
    at: ExpressionRef,
    callee: snell_extract::facts::ExpressionId,
) -> Option<Kind> {
    let facts = project.modules.facts(at.module);
    if let Expression::Member {
        object, property, ..
    } = facts.expression(callee)
    {
        return Some(match property.text.as_str() {
            "toISOString" => return None,
            "toFixed" | "toUpperCase" | "toLowerCase" | "toLocaleString" => Kind::Text(None),
            method => match (global(project, at, *object)?, method) {
                ("JSON", "stringify") => Kind::Text(None),
                ("Date", "now")
                | ("Math", "floor" | "ceil" | "round" | "random" | "max" | "min" | "abs")
                | ("Number", "parseInt" | "parseFloat") => Kind::Number(None),
                _ => return None,
            },
        });
    }
    Some(match global(project, at, callee)? {
        "String" => Kind::Text(None),
        "Number" | "parseInt" | "parseFloat" => Kind::Number(None),
        "BigInt" => Kind::BigInt,
        "Boolean" => Kind::Boolean,
        _ => return None,
    })
}

/// `Role.ADMN`, where `Role` is an enum of the workspace or of a generated
/// client: the member, when the enum has none such.
pub(super) fn missing_member(
    project: &Project,
    datamodel: &Datamodel,
    at: ExpressionRef,
) -> Option<SmolStr> {
    let facts = project.modules.facts(at.module);
    let Expression::Member {
        object, property, ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    let member = &property.text;
    let name = match facts.expression(facts.unwrap_casts(*object)) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match project.modules.binding(at.module, *binding) {
            Symbol::Enum(own) => {
                let members = &project.modules.facts(own.module).enums[own.id as usize].members;
                return members
                    .iter()
                    .all(|known| known.name.text != *member)
                    .then(|| member.clone());
            }
            symbol => exported(symbol)?,
        },
        // `$Enums.Role.ADMN`
        Expression::Member {
            object, property, ..
        } => match facts.expression(*object) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } if exported(project.modules.binding(at.module, *binding))? == "$Enums" => {
                property.text.clone()
            }
            _ => return None,
        },
        _ => return None,
    };
    let enumeration = datamodel.enumeration(&name)?;
    (!enumeration.values.is_empty() && enumeration.value(member).is_none()).then(|| member.clone())
}

/// The name under which a generated client exports it.
fn exported(symbol: Symbol) -> Option<SmolStr> {
    match symbol {
        Symbol::External { specifier, name } if is_client(&specifier) => Some(name),
        _ => None,
    }
}

/// Whether a specifier is that of a generated client.
pub(super) fn is_client(specifier: &str) -> bool {
    specifier == "@prisma/client"
        || specifier.contains("generated")
        || specifier.contains("prisma") && !specifier.starts_with('@')
}

/// Whether a place surely refuses a value of this kind. Enum values and
/// names of columns are judged by [`super::walk`].
pub(super) fn is_refused(input: &Input, kind: &Kind) -> bool {
    match kind {
        Kind::Null => !input.null && input.atom != Some(Atom::Switch) && !is_json(input),
        Kind::Object => {
            input.shape.is_none()
                && matches!(
                    input.atom,
                    Some(
                        Atom::Uuid
                            | Atom::Enum(_)
                            | Atom::Word(_)
                            | Atom::Scalar(
                                ScalarType::String
                                    | ScalarType::Int
                                    | ScalarType::BigInt
                                    | ScalarType::Float
                                    | ScalarType::Boolean
                            )
                    )
                )
        }
        Kind::NoMember(_) => true,
        Kind::List => false,
        plain => match input.atom {
            None => input.shape.is_some(),
            Some(atom) => atom_refuses(atom, plain),
        },
    }
}

fn is_json(input: &Input) -> bool {
    input.atom == Some(Atom::Scalar(ScalarType::Json))
}

fn atom_refuses(atom: Atom, kind: &Kind) -> bool {
    match atom {
        Atom::Scalar(scalar) => scalar_refuses(scalar, kind),
        Atom::Uuid => !matches!(kind, Kind::Text(_)),
        Atom::Enum(_) | Atom::Column(_) => !matches!(kind, Kind::Text(_)),
        Atom::Word(words) => match kind {
            Kind::Text(Some(text)) => !words.contains(&text.as_str()),
            Kind::Text(None) => false,
            _ => true,
        },
        Atom::Switch => false,
    }
}

/// What the query engine refuses; where it converts (numbers written as
/// strings into `Decimal` and `BigInt`), nothing is refused.
fn scalar_refuses(scalar: ScalarType, kind: &Kind) -> bool {
    match (scalar, kind) {
        (ScalarType::Json, _) | (ScalarType::Bytes, Kind::Text(_)) => false,
        (ScalarType::String, kind) => !matches!(kind, Kind::Text(_)),
        (ScalarType::Boolean, kind) => *kind != Kind::Boolean,
        (ScalarType::DateTime, Kind::Date | Kind::Text(None)) => false,
        (ScalarType::DateTime, Kind::Text(Some(text))) => !is_timestamp(text),
        (ScalarType::DateTime | ScalarType::Bytes, _) => true,
        (ScalarType::Int | ScalarType::Float, Kind::Text(_)) => true,
        (ScalarType::BigInt | ScalarType::Decimal, Kind::Text(Some(text))) => {
            text.trim().parse::<f64>().is_err()
        }
        (ScalarType::BigInt | ScalarType::Decimal, Kind::Text(None)) => false,
        (ScalarType::Int, Kind::Number(Some(number))) => {
            integer(number).is_some_and(|number| number.is_none_or(|n| i32::try_from(n).is_err()))
        }
        (ScalarType::BigInt, Kind::Number(Some(number))) => {
            integer(number).is_some_and(|number| number.is_none())
        }
        (_, Kind::Number(_) | Kind::BigInt) => false,
        (_, Kind::Boolean | Kind::Date) => true,
        (_, Kind::Null | Kind::List | Kind::Object | Kind::NoMember(_)) => false,
    }
}

/// A number as written: `Some(Some(n))` when it is whole, `Some(None)` when
/// it has a fraction, `None` when it is written in another way.
fn integer(text: &str) -> Option<Option<i64>> {
    let plain = text.replace('_', "");
    if let Ok(whole) = plain.parse::<i64>() {
        return Some(Some(whole));
    }
    let (_, fraction) = plain.split_once('.')?;
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    (digits && fraction.bytes().any(|byte| byte != b'0')).then_some(None)
}

/// Whether the query engine reads the text as a time: RFC 3339, with a zone.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let date = digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10);
    let time = matches!(bytes.get(10), Some(b'T' | b't' | b' ')) && digits(11..13);
    let zone = text.ends_with(['Z', 'z'])
        || text
            .get(16..)
            .is_some_and(|rest| rest.contains('+') || rest.contains('-'));
    date && time && zone
}

#[cfg(test)]
mod tests {
    use super::{integer, is_timestamp};

    #[test]
    fn tells_times_from_dates() {
        assert!(is_timestamp("2024-01-31T10:00:00Z"));
        assert!(is_timestamp("2024-01-31T10:00:00.123+02:00"));
        assert!(!is_timestamp("2024-01-31"));
        assert!(!is_timestamp("2024-01-31T10:00:00"));
        assert!(!is_timestamp("yesterday"));
    }

    #[test]
    fn tells_whole_numbers() {
        assert_eq!(integer("1_000"), Some(Some(1000)));
        assert_eq!(integer("1.50"), Some(None));
        assert_eq!(integer("2.0"), None);
        assert_eq!(integer("0x10"), None);
    }
}
