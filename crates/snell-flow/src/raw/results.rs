//! What Prisma's client makes of a column's value.

use snell_sql::catalog::{Catalog, DataType, TypeId};

use super::{
    js::{JsKind, JsType},
    reading::Engine,
};

/// What the code is handed for a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Handed {
    /// A value of this type, `null` aside.
    Value(JsType),
    /// Nothing: the client cannot read the type.
    Unreadable {
        /// Whether it fails without rows too.
        always: bool,
    },
    /// Not known.
    Unknown,
}

/// What an engine hands over for a column of a type.
#[must_use]
pub fn handed(catalog: &Catalog, data_type: &DataType, engine: Engine) -> Handed {
    let id = catalog.base_of(data_type.id);
    if let Some(element) = catalog.element_of(id) {
        return list(catalog, element, engine);
    }
    if catalog.enum_values(id).is_some() {
        return value(JsKind::Text);
    }
    let name = catalog.type_name(id);
    match name.as_str() {
        "int2" | "int4" | "float4" | "float8" => value(JsKind::Number),
        "int8" | "oid" => value(JsKind::BigInt),
        "numeric" | "money" => value(JsKind::Decimal),
        "text" | "varchar" | "bpchar" | "uuid" | "xml" | "inet" | "cidr" | "bit" | "varbit"
        | "citext" | "ltree" => value(JsKind::Text),
        "name" => match engine {
            Engine::Driver => value(JsKind::Text),
            _ => Handed::Unknown,
        },
        "bool" => value(JsKind::Boolean),
        "date" | "time" | "timetz" | "timestamp" | "timestamptz" => value(JsKind::Date),
        "json" | "jsonb" => Handed::Value(JsType::unknown()),
        "bytea" => value(JsKind::Bytes),
        "vector" | "halfvec" | "sparsevec" | "hstore" => match engine {
            Engine::Driver => value(JsKind::Text),
            Engine::Rust => Handed::Unreadable { always: false },
            Engine::Unknown => Handed::Unknown,
        },
        "void" | "interval" | "tsvector" | "tsquery" | "regclass" | "regtype" | "regproc"
        | "record" | "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle"
        | "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange"
        | "macaddr" | "macaddr8" | "xid" | "xid8" | "cid" | "tid" | "pg_lsn" => match engine {
            Engine::Unknown => Handed::Unknown,
            engine => Handed::Unreadable {
                always: engine == Engine::Driver,
            },
        },
        _ => Handed::Unknown,
    }
}

fn value(kind: JsKind) -> Handed {
    Handed::Value(JsType::of(kind))
}

fn list(catalog: &Catalog, element: TypeId, engine: Engine) -> Handed {
    if catalog.enum_values(element).is_some() {
        return match engine {
            Engine::Rust => value(JsKind::List(Box::new(JsType::of(JsKind::Text)))),
            Engine::Driver => value(JsKind::Text),
            Engine::Unknown => Handed::Unknown,
        };
    }
    match handed(catalog, &element.into(), engine) {
        Handed::Value(inner) => {
            // An array may hold nulls, and the declared element type rarely says so.
            value(JsKind::List(Box::new(JsType {
                open: true,
                ..inner
            })))
        }
        _ => Handed::Unknown,
    }
}
