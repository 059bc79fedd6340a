//! Operators, casts and functions over known values.

use super::Value;
use crate::ast::{Name, ObjectName};
use crate::catalog::{Catalog, RelationKind};
use crate::replay::split_qualified;

pub(super) fn binary(catalog: &Catalog, symbol: &str, left: &Value, right: &Value) -> Value {
    if matches!(left, Value::Unknown) || matches!(right, Value::Unknown) {
        return Value::Unknown;
    }
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        return Value::Null;
    }
    // A number of a catalog against a text: the text is read as a name.
    let (left, right) = (&align(catalog, left, right), &align(catalog, right, left));
    match (symbol, left, right) {
        ("=", a, b) => Value::Bool(a == b),
        ("<>", a, b) => Value::Bool(a != b),
        ("||", a, b) => match (text(catalog, a), text(catalog, b)) {
            (Some(a), Some(b)) => Value::Text(a + &b),
            _ => Value::Unknown,
        },
        ("~~", Value::Text(a), Value::Text(b)) => Value::Bool(like(a, b)),
        ("!~~", Value::Text(a), Value::Text(b)) => Value::Bool(!like(a, b)),
        ("<", Value::Integer(a), Value::Integer(b)) => Value::Bool(a < b),
        (">", Value::Integer(a), Value::Integer(b)) => Value::Bool(a > b),
        ("<=", Value::Integer(a), Value::Integer(b)) => Value::Bool(a <= b),
        (">=", Value::Integer(a), Value::Integer(b)) => Value::Bool(a >= b),
        _ => Value::Unknown,
    }
}

fn align(catalog: &Catalog, value: &Value, other: &Value) -> Value {
    match (value, other) {
        (Value::Text(_), Value::Relation(_)) => cast(catalog, value.clone(), "regclass"),
        (Value::Text(_), Value::Type(_)) => cast(catalog, value.clone(), "regtype"),
        (Value::Text(name), Value::Namespace(_)) => Value::Namespace(name.as_str().into()),
        _ => value.clone(),
    }
}

/// The text form of a value.
fn text(catalog: &Catalog, value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Namespace(name) => name.to_string(),
        Value::Relation(id) => crate::print::identifier(&catalog.relation(*id)?.name),
        Value::Type(id) => catalog.format_type(&(*id).into()),
        Value::List(_) | Value::Null | Value::Unknown => return None,
    })
}

/// Whether a function gives one value for each row.
pub(super) fn is_plain(name: &str) -> bool {
    matches!(
        name,
        "lower"
            | "upper"
            | "quote_ident"
            | "quote_literal"
            | "coalesce"
            | "concat"
            | "format"
            | "to_regclass"
            | "to_regtype"
            | "pg_get_serial_sequence"
    )
}

/// `LIKE` with `%` and `_`; an escape is rare enough to be left alone.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        match symbol {
            '%' => {
                let mut open = false;
                for (index, here) in reachable.iter().enumerate() {
                    open |= here;
                    next[index] = open;
                }
            }
            _ => {
                for (index, character) in text.iter().enumerate() {
                    next[index + 1] = reachable[index] && (symbol == '_' || symbol == *character);
                }
            }
        }
        reachable = next;
    }
    reachable[text.len()]
}

pub(super) fn cast(catalog: &Catalog, value: Value, to: &str) -> Value {
    match (to, value) {
        ("text" | "varchar" | "name" | "bpchar", value) => {
            text(catalog, &value).map_or(value, Value::Text)
        }
        ("regclass", Value::Text(name)) => relation(catalog, &name).unwrap_or(Value::Unknown),
        ("regtype", Value::Text(name)) => named_type(catalog, &name).unwrap_or(Value::Unknown),
        ("regnamespace", Value::Text(name)) => Value::Namespace(name.trim_matches('"').into()),
        (_, value) => value,
    }
}

fn object(text: &str) -> ObjectName {
    let (schema, name) = split_qualified(text);
    let name_of = |text| Name {
        text,
        span: snell_source::Span::default(),
        quoted: true,
    };
    ObjectName {
        schema: schema.map(name_of),
        name: name_of(name),
    }
}

fn relation(catalog: &Catalog, text: &str) -> Option<Value> {
    catalog
        .find(&object(text))
        .map(|relation| Value::Relation(relation.id))
}

fn named_type(catalog: &Catalog, text: &str) -> Option<Value> {
    let name = object(text);
    catalog
        .type_named(
            name.schema.as_ref().map(|schema| schema.text.as_str()),
            &name.name.text,
        )
        .map(Value::Type)
}

pub(super) fn call(catalog: &Catalog, name: &str, values: &[Value]) -> Value {
    match (name, values) {
        ("to_regclass", [Value::Text(text)]) => relation(catalog, text).unwrap_or(Value::Null),
        ("to_regtype", [Value::Text(text)]) => named_type(catalog, text).unwrap_or(Value::Null),
        ("current_schema", []) => catalog
            .search_path
            .first()
            .map_or(Value::Null, |schema| Value::Text(schema.to_string())),
        ("current_schemas", _) => Value::Unknown,
        ("lower", [Value::Text(text)]) => Value::Text(text.to_lowercase()),
        ("upper", [Value::Text(text)]) => Value::Text(text.to_uppercase()),
        ("quote_ident", [Value::Text(text)]) => Value::Text(crate::print::identifier(text)),
        ("quote_literal", [Value::Text(text)]) => Value::Text(crate::print::string(text)),
        ("coalesce", values) => values
            .iter()
            .find(|value| **value != Value::Null)
            .cloned()
            .unwrap_or(Value::Null),
        ("concat", values) => values
            .iter()
            .map(|value| match value {
                Value::Null => Some(String::new()),
                value => text(catalog, value),
            })
            .collect::<Option<String>>()
            .map_or(Value::Unknown, Value::Text),
        ("format", [Value::Text(pattern), rest @ ..]) => {
            format_text(catalog, pattern, rest).map_or(Value::Unknown, Value::Text)
        }
        ("pg_table_is_visible" | "pg_type_is_visible", [Value::Relation(_) | Value::Type(_)]) => {
            Value::Bool(true)
        }
        ("has_table_privilege" | "pg_has_role", _) => Value::Unknown,
        ("obj_description" | "col_description", _) => Value::Unknown,
        ("pg_get_serial_sequence", [Value::Text(table), Value::Text(column)]) => {
            serial_sequence(catalog, table, column).unwrap_or(Value::Null)
        }
        _ => Value::Unknown,
    }
}

fn serial_sequence(catalog: &Catalog, table: &str, column: &str) -> Option<Value> {
    let (relation, table) = catalog.find_table(&object(table))?;
    let number = table.column(column)?.number;
    let sequence = catalog.relations().find(|other| {
        matches!(&other.kind, RelationKind::Sequence(s) if s.owned_by == Some((relation.id, number)))
    })?;
    Some(Value::Text(format!(
        "{}.{}",
        crate::print::identifier(&sequence.schema),
        crate::print::identifier(&sequence.name)
    )))
}

/// `format('%I %L %s %%', ...)`.
fn format_text(catalog: &Catalog, pattern: &str, values: &[Value]) -> Option<String> {
    let mut result = String::new();
    let mut values = values.iter();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            result.push(character);
            continue;
        }
        match characters.next()? {
            '%' => result.push('%'),
            's' => match values.next()? {
                Value::Null => {}
                value => result.push_str(&text(catalog, value)?),
            },
            'I' => result.push_str(&crate::print::identifier(&text(catalog, values.next()?)?)),
            'L' => match values.next()? {
                Value::Null => result.push_str("NULL"),
                value => result.push_str(&crate::print::string(&text(catalog, value)?)),
            },
            _ => return None,
        }
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_like_the_server() {
        assert!(like("User_email_key", "%email%"));
        assert!(like("abc", "a_c"));
        assert!(!like("abc", "a_"));
        assert!(like("", "%"));
    }

    #[test]
    fn format_quotes_names_and_literals() {
        let catalog = Catalog::new();
        let values = [Value::Text("User".into()), Value::Text("it's".into())];
        assert_eq!(
            format_text(&catalog, "DROP TABLE %I -- %L 100%%", &values).as_deref(),
            Some("DROP TABLE \"User\" -- 'it''s' 100%")
        );
    }
}
