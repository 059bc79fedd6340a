//! Defaults: values of the field's type, functions that exist and give such values.

use super::Checker;
use crate::datamodel::{Datamodel, Default, Field, FieldType, Provider, ScalarType, Value};

pub(super) fn check(checker: &mut Checker<'_>) {
    let datamodel: &Datamodel = checker.datamodel;
    let models = datamodel.models().iter().flat_map(|m| &m.fields);
    let composites = datamodel.composite_types().iter().flat_map(|t| &t.fields);
    for field in models.chain(composites) {
        if let Some(default) = &field.default
            && let Some(message) = fault(datamodel, field, default)
        {
            checker.in_field(field, default.value_span, message);
        }
    }
}

/// What is wrong with a default.
fn fault(datamodel: &Datamodel, field: &Field, default: &Default) -> Option<String> {
    let value = &default.value;
    if let Value::Function { name, arguments } = value {
        return function(datamodel, field, name, arguments);
    }
    match (&field.ty, value) {
        (FieldType::Relation(_) | FieldType::Unknown(_), _) => None,
        (FieldType::Unsupported(_), _) => {
            Some("an `Unsupported` field takes no default but `dbgenerated(...)`".to_owned())
        }
        (FieldType::Composite(_), _) => Some("a composite field takes no default".to_owned()),
        (_, Value::List(elements)) if field.is_list() => {
            elements.iter().find_map(|e| literal(datamodel, field, e))
        }
        (_, Value::List(_)) => Some("the default of a single value is not a list".to_owned()),
        (_, _) if field.is_list() => Some("the default of a list is a list".to_owned()),
        (_, value) => literal(datamodel, field, value),
    }
}

fn literal(datamodel: &Datamodel, field: &Field, value: &Value) -> Option<String> {
    let scalar = match &field.ty {
        FieldType::Scalar(scalar) => *scalar,
        FieldType::Enum(id) => {
            let item = &datamodel[*id];
            return match value {
                Value::EnumValue(name) if item.value(name).is_some() => None,
                Value::Other(_) => None,
                _ => Some(format!(
                    "the default is not a value of the enum `{}`",
                    item.name
                )),
            };
        }
        _ => return None,
    };
    let fits = match (scalar, value) {
        (_, Value::Other(_)) => true,
        (
            ScalarType::String
            | ScalarType::Json
            | ScalarType::Bytes
            | ScalarType::DateTime
            | ScalarType::Decimal,
            Value::String(_),
        )
        | (ScalarType::Float | ScalarType::Decimal, Value::Number(_))
        | (ScalarType::Boolean, Value::Boolean(_)) => true,
        (ScalarType::Int | ScalarType::BigInt, Value::Number(text)) => text.parse::<i64>().is_ok(),
        _ => false,
    };
    (!fits).then(|| {
        format!(
            "the default is not a value of the type `{}`",
            scalar.as_str()
        )
    })
}

fn function(
    datamodel: &Datamodel,
    field: &Field,
    name: &str,
    arguments: &[Value],
) -> Option<String> {
    let fits: &[ScalarType] = match name {
        "dbgenerated" => return db_generated(arguments),
        "auto" => return None,
        "sequence"
            if matches!(
                datamodel.provider(),
                Provider::CockroachDb | Provider::Unknown
            ) =>
        {
            return None;
        }
        "autoincrement" => &[ScalarType::Int, ScalarType::BigInt],
        "now" => &[ScalarType::DateTime],
        "cuid" | "uuid" | "ulid" | "nanoid" => &[ScalarType::String],
        _ => return Some(format!("there is no function `{name}()` for defaults")),
    };
    if matches!(field.ty, FieldType::Relation(_) | FieldType::Unknown(_)) {
        return None;
    }
    if !field.scalar().is_some_and(|s| fits.contains(&s)) {
        return Some(format!(
            "`{name}()` does not give a value of the field's type"
        ));
    }
    let allowed = match name {
        "cuid" | "uuid" | "nanoid" => 1,
        _ => 0,
    };
    (arguments.len() > allowed).then(|| format!("`{name}()` does not take these arguments"))
}

fn db_generated(arguments: &[Value]) -> Option<String> {
    match arguments {
        [] => None,
        [Value::String(sql)] if !sql.is_empty() => None,
        _ => Some("`dbgenerated()` takes one string that is not empty".to_owned()),
    }
}
