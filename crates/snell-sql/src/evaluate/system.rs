//! The rows of system catalogs, made from a replayed catalog.

use super::Value;
use crate::catalog::{Catalog, Relation, RelationKind, TableConstraint, UserTypeKind};

/// A row: column names and values.
pub(super) type SystemRow = Vec<(&'static str, Value)>;

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The rows of a table that `DO` blocks ask about; none for those that nobody can know.
pub(super) fn rows(catalog: &Catalog, schema: Option<&str>, name: &str) -> Option<Vec<SystemRow>> {
    if schema == Some("information_schema") {
        return information_schema(catalog, name);
    }
    if schema.is_none_or(|schema| schema == "pg_catalog") && name.starts_with("pg_") {
        return pg_catalog(catalog, name);
    }
    // A table of the project itself: only an empty one has known rows.
    let relation = catalog.find_named(schema, name)?;
    match &relation.kind {
        RelationKind::Table(table) if !table.rows => Some(Vec::new()),
        _ => None,
    }
}

#[allow(clippy::too_many_lines, reason = "one arm for each relation")]
fn pg_catalog(catalog: &Catalog, name: &str) -> Option<Vec<SystemRow>> {
    Some(match name {
        "pg_class" => catalog.relations().map(class_row).collect(),
        "pg_namespace" => catalog
            .schemas
            .keys()
            .map(|schema| {
                vec![
                    ("oid", Value::Namespace(schema.clone())),
                    ("nspname", text(schema)),
                ]
            })
            .collect(),
        "pg_type" => catalog
            .types()
            .map(|user_type| {
                let kind = match user_type.kind {
                    UserTypeKind::Enum(_) => "e",
                    UserTypeKind::Domain(_) => "d",
                    UserTypeKind::Composite(_) => "c",
                    UserTypeKind::Other => "b",
                };
                vec![
                    ("oid", Value::Type(user_type.id)),
                    ("typname", text(&user_type.name)),
                    ("typtype", text(kind)),
                    ("typnamespace", Value::Namespace(user_type.schema.clone())),
                ]
            })
            .collect(),
        "pg_enum" => catalog
            .types()
            .filter_map(|user_type| match &user_type.kind {
                UserTypeKind::Enum(values) => Some((user_type.id, values)),
                _ => None,
            })
            .flat_map(|(id, values)| {
                values.iter().map(move |value| {
                    vec![
                        ("enumtypid", Value::Type(id)),
                        ("enumlabel", text(&value.text)),
                    ]
                })
            })
            .collect(),
        "pg_constraint" => constraints(catalog, |relation, name, kind, _| {
            vec![
                ("conname", text(name)),
                ("contype", text(kind)),
                ("conrelid", Value::Relation(relation.id)),
                ("connamespace", Value::Namespace(relation.schema.clone())),
            ]
        }),
        "pg_attribute" => columns(catalog, |relation, column| {
            vec![
                ("attrelid", Value::Relation(relation.id)),
                ("attname", text(&column.name)),
                ("attnum", Value::Integer(i64::from(column.number))),
                ("attnotnull", Value::Bool(column.not_null)),
                ("attisdropped", Value::Bool(false)),
                ("atttypid", Value::Type(column.data_type.id)),
            ]
        }),
        "pg_indexes" => catalog
            .indexes()
            .filter_map(|(relation, index)| {
                let table = catalog.relation(index.table)?;
                Some(vec![
                    ("schemaname", text(&relation.schema)),
                    ("tablename", text(&table.name)),
                    ("indexname", text(&relation.name)),
                ])
            })
            .collect(),
        "pg_index" => catalog
            .indexes()
            .map(|(relation, index)| {
                vec![
                    ("indexrelid", Value::Relation(relation.id)),
                    ("indrelid", Value::Relation(index.table)),
                    ("indisunique", Value::Bool(index.unique)),
                    ("indisprimary", Value::Bool(index.primary)),
                ]
            })
            .collect(),
        "pg_tables" => of_kind(catalog, "r", "tablename"),
        "pg_views" => of_kind(catalog, "v", "viewname"),
        "pg_matviews" => of_kind(catalog, "m", "matviewname"),
        "pg_sequences" => of_kind(catalog, "S", "sequencename"),
        "pg_trigger" => triggers(catalog),
        "pg_policies" => policies(catalog),
        "pg_extension" => catalog
            .extensions
            .keys()
            .map(|name| vec![("extname", text(name))])
            .collect(),
        "pg_publication" => catalog
            .publications
            .iter()
            .map(|name| vec![("pubname", text(name))])
            .collect(),
        "pg_proc" => catalog
            .functions
            .iter()
            .map(|function| {
                vec![
                    ("proname", text(&function.name)),
                    ("pronamespace", Value::Namespace(function.schema.clone())),
                ]
            })
            .collect(),
        _ => return None,
    })
}

#[allow(clippy::too_many_lines, reason = "one arm for each view")]
fn information_schema(catalog: &Catalog, name: &str) -> Option<Vec<SystemRow>> {
    Some(match name {
        "tables" => catalog
            .relations()
            .filter_map(|relation| {
                let kind = match &relation.kind {
                    RelationKind::Table(_) => "BASE TABLE",
                    RelationKind::View(view) if !view.materialized => "VIEW",
                    _ => return None,
                };
                Some(vec![
                    ("table_schema", text(&relation.schema)),
                    ("table_name", text(&relation.name)),
                    ("table_type", text(kind)),
                ])
            })
            .collect(),
        "columns" => columns(catalog, |relation, column| {
            let formatted = catalog.format_type(&column.data_type);
            let data_type = if formatted.ends_with("[]") {
                "ARRAY".to_owned()
            } else if catalog.user_type(column.data_type.id).is_some() {
                "USER-DEFINED".to_owned()
            } else {
                let plain = crate::catalog::DataType::from(column.data_type.id);
                catalog.format_type(&plain)
            };
            vec![
                ("table_schema", text(&relation.schema)),
                ("table_name", text(&relation.name)),
                ("column_name", text(&column.name)),
                (
                    "is_nullable",
                    text(if column.not_null { "NO" } else { "YES" }),
                ),
                ("data_type", Value::Text(data_type)),
                (
                    "udt_name",
                    Value::Text(catalog.type_name(column.data_type.id).to_string()),
                ),
                (
                    "column_default",
                    if column.default.is_some() {
                        Value::Unknown
                    } else {
                        Value::Null
                    },
                ),
            ]
        }),
        "table_constraints" => constraints(catalog, |relation, name, _, kind| {
            vec![
                ("constraint_schema", text(&relation.schema)),
                ("constraint_name", text(name)),
                ("table_schema", text(&relation.schema)),
                ("table_name", text(&relation.name)),
                ("constraint_type", text(kind)),
            ]
        }),
        "schemata" => catalog
            .schemas
            .keys()
            .map(|schema| vec![("schema_name", text(schema))])
            .collect(),
        "routines" => catalog
            .functions
            .iter()
            .map(|function| {
                vec![
                    ("routine_schema", text(&function.schema)),
                    ("routine_name", text(&function.name)),
                ]
            })
            .collect(),
        "triggers" => catalog
            .tables()
            .flat_map(|(relation, table)| {
                table.triggers.iter().map(|trigger| {
                    vec![
                        ("trigger_schema", text(&relation.schema)),
                        ("trigger_name", text(&trigger.name)),
                        ("event_object_table", text(&relation.name)),
                    ]
                })
            })
            .collect(),
        _ => return None,
    })
}

fn class_kind(relation: &Relation) -> &'static str {
    match &relation.kind {
        RelationKind::Table(table) if table.partitioned => "p",
        RelationKind::Table(_) => "r",
        RelationKind::View(view) if view.materialized => "m",
        RelationKind::View(_) => "v",
        RelationKind::Index(_) => "i",
        RelationKind::Sequence(_) => "S",
    }
}

fn class_row(relation: &Relation) -> SystemRow {
    vec![
        ("oid", Value::Relation(relation.id)),
        ("relname", text(&relation.name)),
        ("relkind", text(class_kind(relation))),
        ("relnamespace", Value::Namespace(relation.schema.clone())),
        ("reltuples", Value::Unknown),
        (
            "relrowsecurity",
            match &relation.kind {
                RelationKind::Table(table) => Value::Bool(table.row_security),
                _ => Value::Bool(false),
            },
        ),
    ]
}

fn of_kind(catalog: &Catalog, kind: &str, column: &'static str) -> Vec<SystemRow> {
    catalog
        .relations()
        .filter(|relation| class_kind(relation) == kind)
        .map(|relation| {
            vec![
                ("schemaname", text(&relation.schema)),
                (column, text(&relation.name)),
            ]
        })
        .collect()
}

fn columns(
    catalog: &Catalog,
    row: impl Fn(&Relation, &crate::catalog::Column) -> SystemRow,
) -> Vec<SystemRow> {
    catalog
        .tables()
        .flat_map(|(relation, table)| {
            table
                .columns
                .iter()
                .map(|column| row(relation, column))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn constraints(
    catalog: &Catalog,
    row: impl Fn(&Relation, &str, &'static str, &'static str) -> SystemRow,
) -> Vec<SystemRow> {
    catalog
        .tables()
        .flat_map(|(relation, table)| {
            table
                .constraints
                .iter()
                .map(|constraint| {
                    let (letter, words) = match constraint.kind {
                        TableConstraint::PrimaryKey(_) => ("p", "PRIMARY KEY"),
                        TableConstraint::Unique(_) => ("u", "UNIQUE"),
                        TableConstraint::Exclude(_) => ("x", "EXCLUDE"),
                        TableConstraint::Check(_) => ("c", "CHECK"),
                        TableConstraint::ForeignKey(_) => ("f", "FOREIGN KEY"),
                    };
                    row(relation, &constraint.name, letter, words)
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn triggers(catalog: &Catalog) -> Vec<SystemRow> {
    catalog
        .tables()
        .flat_map(|(relation, table)| {
            table.triggers.iter().map(|trigger| {
                vec![
                    ("tgname", text(&trigger.name)),
                    ("tgrelid", Value::Relation(relation.id)),
                    ("tgisinternal", Value::Bool(false)),
                ]
            })
        })
        .collect()
}

fn policies(catalog: &Catalog) -> Vec<SystemRow> {
    catalog
        .tables()
        .flat_map(|(relation, table)| {
            table.policies.iter().map(|policy| {
                vec![
                    ("schemaname", text(&relation.schema)),
                    ("tablename", text(&relation.name)),
                    ("policyname", text(&policy.name)),
                ]
            })
        })
        .collect()
}
