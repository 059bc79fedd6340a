//! What a NULL in a unique means: "for all", or "there is none".

use snell_prisma::{Field, FieldId, FieldType, ReferentialAction};

use super::{Open, evidence::Rows};
use crate::support::name_words::{has_word, split};

/// What the row with the NULL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The one for all: the global tag, the folder at the root, the sum over all keys.
    All,
    /// One of many that lack something: no sign-in elsewhere, no transaction yet.
    Absent,
    /// A person knows.
    Open,
}

/// Words of columns that hold what another system, or the client, calls a row: who has none of it
/// is no exception.
const GIVEN: [&str; 9] = [
    "external",
    "foreign",
    "hash",
    "idempotency",
    "oauth",
    "origin",
    "provenance",
    "provider",
    "remote",
];

/// By the columns, and by how rows with a NULL are made.
pub(super) fn meaning(open: Open<'_>, rows: Rows) -> Meaning {
    let required = || open.fields().filter(|field| field.is_required());
    let named = required().any(|field| !is_reference(open, field) && !is_enum(field));
    let all_references = required().all(|field| is_reference(open, field));
    let given = |field: &Field| !is_scope(open, field) || has_word(&field.name, &GIVEN);
    // `(tenantId, externalId)`, `(userId, idempotencyKey)`: the nullable column is what tells rows
    // of one scope apart.
    let tells_apart = |field: &Field| given(field) && (!is_enum(field) || rows.made);
    let identity = all_references && open.nullable().all(tells_apart);
    if rows.same || identity || is_one_to_one(open) || open.nullable().all(is_given) {
        return Meaning::Absent;
    }
    let scopes = open
        .nullable()
        .all(|field| is_scope(open, field) || is_enum(field));
    match scopes && named && !rows.made && emptied(open).is_none() {
        true => Meaning::All,
        false => Meaning::Open,
    }
}

/// A nullable column that becomes NULL when the row that it refers to is deleted.
pub(super) fn emptied<'a>(open: Open<'a>) -> Option<&'a Field> {
    open.nullable().find(|field| {
        let mut keys = open.datamodel().foreign_keys_of(open.model.id);
        keys.any(|(_, key)| {
            key.columns.contains(&field.id) && key.on_delete.action == ReferentialAction::SetNull
        })
    })
}

fn is_given(field: &Field) -> bool {
    has_word(&field.name, &GIVEN)
}

fn is_enum(field: &Field) -> bool {
    matches!(field.ty, FieldType::Enum(_))
}

/// Whether a column names a row of some table, this database's or another one's.
fn is_reference(open: Open<'_>, field: &Field) -> bool {
    let words = split(&field.name);
    let last = words.last().map_or("", String::as_str);
    open.model.is_foreign_key(field.id) || matches!(last, "id" | "uid" | "uuid")
}

/// Whether a column says what a row belongs to: it refers to a model.
fn is_scope(open: Open<'_>, field: &Field) -> bool {
    if open.model.is_foreign_key(field.id) {
        return true;
    }
    let mut words = split(&field.name);
    let last = words.pop();
    let stem = words.concat();
    matches!(last.as_deref(), Some("id" | "uid" | "uuid"))
        && open
            .datamodel()
            .models()
            .iter()
            .any(|model| split(&model.name).concat() == stem)
}

/// Whether the unique is there because Prisma wants one for a one-to-one relation: its columns are
/// those of the reference, the tenant's among them.
fn is_one_to_one(open: Open<'_>) -> bool {
    let own: Vec<FieldId> = open.fields().map(|field| field.id).collect();
    let mut keys = open.datamodel().foreign_keys_of(open.model.id);
    keys.any(|(_, key)| {
        key.columns.len() == own.len() && key.columns.iter().all(|column| own.contains(column))
    })
}
