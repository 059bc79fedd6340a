//! The times that rows keep of themselves, and the tables that have none of their own.

use snell_prisma::{Field, Model, ScalarType};

/// Whether a column is filled with the time at which its row is made.
pub(crate) fn is_creation_time(field: &Field) -> bool {
    let now = field.default.as_ref().is_some_and(|default| {
        default.value.is_function("now")
            || default.value.db_generated().is_some_and(|sql| {
                let sql = sql.to_ascii_lowercase();
                sql.contains("now()") || sql.contains("current_timestamp")
            })
    });
    field.scalar() == Some(ScalarType::DateTime)
        && (now && field.updated_at.is_none() || is_called(field, &["creat", "insert", "added"]))
}

/// Whether a column is kept at the time of the last change: by the client, or by name.
pub(crate) fn is_change_time(field: &Field) -> bool {
    field.updated_at.is_some()
        || field.scalar() == Some(ScalarType::DateTime)
            && is_called(field, &["updat", "modif", "chang", "edited"])
}

fn is_called(field: &Field, parts: &[&str]) -> bool {
    let name = field.name.to_ascii_lowercase();
    parts.iter().any(|part| name.contains(part))
}

/// Whether a table has nothing but the keys of others: it is a relation.
pub(crate) fn is_between(model: &Model) -> bool {
    let mut keys = 0;
    let only_keys = model.columns().all(|field| {
        let key = model.is_foreign_key(field.id);
        keys += usize::from(key);
        key || model.is_id(field.id) || field.scalar() == Some(ScalarType::DateTime)
    });
    only_keys && keys >= 2
}
