//! Columns: Prisma's map of types, native types, and defaults in SQL.

use snell_prisma::{Datamodel, Field, FieldType, NativeType, ScalarType, Value};
use snell_sql::catalog::{self, ColumnSpec, DefaultSpec};
use snell_sql::print::{identifier, string};

/// A column's parts, owned.
pub(super) struct Parts {
    data_type: String,
    list: bool,
    default: Default,
}

enum Default {
    Absent,
    Sql(String),
    Sequence,
    Open,
}

impl Parts {
    /// The column of a field.
    pub(super) fn borrowed<'a>(&'a self, field: &'a Field) -> ColumnSpec<'a> {
        ColumnSpec {
            name: &field.db_name,
            data_type: &self.data_type,
            not_null: field.is_required() && !self.list,
            default: match &self.default {
                Default::Absent => DefaultSpec::Absent,
                Default::Sql(text) => DefaultSpec::Sql(text),
                Default::Sequence => DefaultSpec::Sequence,
                Default::Open => DefaultSpec::Open,
            },
            place: super::at(field.place(field.name_span)),
        }
    }

    /// The column of a join table that holds a key of this type.
    pub(super) fn joined<'a>(&'a self, name: &'a str, place: catalog::Place) -> ColumnSpec<'a> {
        ColumnSpec {
            name,
            data_type: &self.data_type,
            not_null: true,
            default: DefaultSpec::Absent,
            place,
        }
    }
}

/// The column of a field; none when its type means nothing.
pub(super) fn column(datamodel: &Datamodel, field: &Field) -> Option<Parts> {
    let base = match (&field.native_type, &field.ty) {
        (Some(native), FieldType::Scalar(_)) => native_type(native),
        (_, FieldType::Scalar(scalar)) => scalar_type(*scalar).to_owned(),
        (_, FieldType::Enum(id)) => {
            let entry = &datamodel[*id];
            let schema = entry.schema.as_ref().map_or(super::PUBLIC, |s| &s.name);
            format!("{}.{}", identifier(schema), identifier(&entry.db_name))
        }
        (_, FieldType::Unsupported(text)) => text.to_string(),
        (_, FieldType::Relation(_) | FieldType::Composite(_) | FieldType::Unknown(_)) => {
            return None;
        }
    };
    let list = field.is_list();
    Some(Parts {
        data_type: if list { format!("{base}[]") } else { base },
        list,
        default: field.default.as_ref().map_or(Default::Absent, |default| {
            value_of(datamodel, field, &default.value)
        }),
    })
}

fn scalar_type(scalar: ScalarType) -> &'static str {
    match scalar {
        ScalarType::String => "text",
        ScalarType::Int => "integer",
        ScalarType::BigInt => "bigint",
        ScalarType::Float => "double precision",
        ScalarType::Decimal => "numeric(65,30)",
        ScalarType::Boolean => "boolean",
        ScalarType::DateTime => "timestamp(3)",
        ScalarType::Json => "jsonb",
        ScalarType::Bytes => "bytea",
    }
}

/// `@db.Name(arguments)` in SQL.
fn native_type(native: &NativeType) -> String {
    let name = match native.name.as_str() {
        "VarChar" => "varchar",
        "Char" => "char",
        "VarBit" => "varbit",
        "DoublePrecision" => "double precision",
        "JsonB" => "jsonb",
        "ByteA" => "bytea",
        other => &other.to_ascii_lowercase(),
    };
    if native.arguments.is_empty() {
        name.to_owned()
    } else {
        let arguments: Vec<&str> = native.arguments.iter().map(|a| a.as_str()).collect();
        format!("{name}({})", arguments.join(","))
    }
}

fn value_of(datamodel: &Datamodel, field: &Field, value: &Value) -> Default {
    if let Value::Function { name, .. } = value {
        return match name.as_str() {
            "now" => Default::Sql("CURRENT_TIMESTAMP".into()),
            "autoincrement" => Default::Sequence,
            "dbgenerated" => match value.db_generated() {
                Some(text) if !text.trim().is_empty() => Default::Sql(text.into()),
                _ => Default::Open,
            },
            // The client makes the others.
            _ => Default::Absent,
        };
    }
    literal(datamodel, field, value).map_or(Default::Open, Default::Sql)
}

/// A constant in SQL; none where Prisma rewrites it (dates, bytes).
fn literal(datamodel: &Datamodel, field: &Field, value: &Value) -> Option<String> {
    if matches!(
        field.scalar(),
        Some(ScalarType::DateTime | ScalarType::Bytes)
    ) {
        return None;
    }
    Some(match value {
        Value::String(text) => string(text),
        Value::Number(text) => text.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::EnumValue(name) => {
            let entry = &datamodel[field.enumeration()?];
            string(&entry.value(name)?.db_name)
        }
        Value::List(items) => {
            let items: Option<Vec<String>> = items
                .iter()
                .map(|item| literal(datamodel, field, item))
                .collect();
            format!("ARRAY[{}]", items?.join(", "))
        }
        Value::Function { .. } | Value::Other(_) => return None,
    })
}
