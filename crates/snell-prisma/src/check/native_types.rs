//! Native types of PostgreSQL: known, and for the field's scalar type.
//!
//! Source: `native_types` of the PostgreSQL connector in prisma-engines.

use super::Checker;
use crate::datamodel::{Datamodel, Field, NativeType, Provider, ScalarType};

pub(super) fn check(checker: &mut Checker<'_>) {
    let datamodel: &Datamodel = checker.datamodel;
    let Some(datasource) = datamodel.datasource() else {
        return;
    };
    for field in datamodel.models().iter().flat_map(|m| &m.fields) {
        for attribute in &field.attributes {
            let Some((prefix, _)) = attribute.name.text.split_once('.') else {
                continue;
            };
            if prefix != datasource.name {
                let message = format!(
                    "a native type starts with the datasource's name: `@{}.`",
                    datasource.name
                );
                checker.in_field(field, attribute.name.span, message);
            }
        }
        let Some(native) = &field.native_type else {
            continue;
        };
        if datasource.provider != Provider::PostgreSql {
            continue;
        }
        // An extension may bring types of its own.
        if let Some(message) = fault(field, native, datasource.extensions.is_empty()) {
            checker.in_field(field, native.span, message);
        }
    }
}

fn fault(field: &Field, native: &NativeType, closed: bool) -> Option<String> {
    let name = native.name.as_str();
    let Some((scalar, most_arguments)) = postgres(name) else {
        return closed.then(|| format!("PostgreSQL has no native type `{name}` in Prisma"));
    };
    if field.scalar().is_some_and(|s| s != scalar) {
        return Some(format!(
            "`{name}` is a native type of `{}`",
            scalar.as_str()
        ));
    }
    if native.arguments.len() > most_arguments {
        return Some(format!("`{name}` takes {most_arguments} arguments at most"));
    }
    let wrong = native.arguments.iter().any(|a| a.parse::<u32>().is_err());
    wrong.then(|| format!("the arguments of `{name}` are whole numbers"))
}

/// The scalar type that a native type stands for, and how many arguments it takes.
fn postgres(name: &str) -> Option<(ScalarType, usize)> {
    Some(match name {
        "SmallInt" | "Integer" | "Oid" => (ScalarType::Int, 0),
        "BigInt" => (ScalarType::BigInt, 0),
        "Decimal" => (ScalarType::Decimal, 2),
        "Money" => (ScalarType::Decimal, 0),
        "Real" | "DoublePrecision" => (ScalarType::Float, 0),
        "VarChar" | "Char" | "Bit" | "VarBit" => (ScalarType::String, 1),
        "Text" | "Inet" | "Citext" | "Uuid" | "Xml" => (ScalarType::String, 0),
        "ByteA" => (ScalarType::Bytes, 0),
        "Timestamp" | "Timestamptz" | "Time" | "Timetz" => (ScalarType::DateTime, 1),
        "Date" => (ScalarType::DateTime, 0),
        "Boolean" => (ScalarType::Boolean, 0),
        "Json" | "JsonB" => (ScalarType::Json, 0),
        _ => return None,
    })
}
