//! How findings call the parts of a schema.

use snell_prisma::{Datamodel, FieldId, Index, IndexKind, Model, SortOrder};

/// The names of an index's columns: `userId, createdAt(sort: Desc)`.
pub(crate) fn columns(index: &Index) -> String {
    let columns = index.columns.iter().map(|column| match column.sort {
        Some(SortOrder::Desc) => format!("{}(sort: Desc)", column.name),
        _ => column.name.to_string(),
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// An index as the schema declares it: `@@index([userId])`, `email @unique`.
pub(crate) fn declared(index: &Index) -> String {
    let name = match (index.kind, index.on_field) {
        (IndexKind::PrimaryKey, true) => return format!("{} @id", columns(index)),
        (IndexKind::Unique, true) => return format!("{} @unique", columns(index)),
        (IndexKind::PrimaryKey, false) => "@@id",
        (IndexKind::Unique, false) => "@@unique",
        (IndexKind::Normal, _) => "@@index",
        (IndexKind::Fulltext, _) => "@@fulltext",
    };
    format!("{name}([{}])", columns(index))
}

/// The names of fields, with commas between them.
pub(crate) fn fields(datamodel: &Datamodel, ids: &[FieldId]) -> String {
    let names = ids.iter().map(|id| datamodel[*id].name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// The subject of a finding about some columns of a model.
pub(crate) fn subject(model: &Model, columns: &str) -> String {
    format!("model:{} field:{columns}", model.name)
}

/// Words as a list in a sentence: `a`, `a and b`, `a, b and c`.
pub(crate) fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Names in a sentence, as many as are read: `` `a`, `b` and 3 more ``.
pub(crate) fn a_few(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let mut words: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > SHOWN {
        words.push(format!("{} more", names.len() - SHOWN));
    }
    and(&words)
}
