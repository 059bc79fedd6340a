//! Columns that hold content: what a row is like, and nothing of whose it is.
//!
//! That who asks is written into the text of a message makes it nobody's, and a title that two rows
//! have in common ties neither to the other.

use smol_str::SmolStr;
use snell_prisma::{FieldType, Model};
use snell_project::{Project, ownership::Ownership, schema::ModelRef};

use crate::value::{ObjectValue, RowOrigin, Value};

/// Words in the names of columns that may say whose a row is.
const WHOSE: [&str; 14] = [
    "user", "owner", "author", "creat", "account", "org", "tenant", "team", "member", "mail",
    "login", "by", "sender", "person",
];

/// Words in the names of columns by which rows are tied together, though no relation says so.
const TIES: [&str; 14] = [
    "key", "uuid", "guid", "uid", "hash", "token", "secret", "code", "slug", "batch", "series",
    "thread", "session", "number",
];

/// What somebody did to a row that was there: the names of columns that say who it was end so.
const DONE: [&str; 17] = [
    "updated",
    "modified",
    "changed",
    "edited",
    "activated",
    "deactivated",
    "deleted",
    "removed",
    "archived",
    "restored",
    "suspended",
    "blocked",
    "disabled",
    "enabled",
    "verified",
    "approved",
    "rejected",
];

/// Whether a column says who did something to a row, as `deactivatedBy`: whoever may, and not whose it is.
pub(super) fn says_who_did(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace('_', "");
    let done = lower
        .strip_suffix("by")
        .or_else(|| lower.strip_suffix("byid"));
    done.is_some_and(|done| DONE.contains(&done))
}

/// Whether a path from a model ends at a column that is no key, and whose name is not that of one.
/// What is not a column is not known.
#[must_use]
pub fn is_content(project: &Project, model: ModelRef, path: &[SmolStr]) -> bool {
    let datamodel = &project.schemas.get(model.schema).datamodel;
    let mut holder: &Model = project.schemas.model(model);
    let Some((last, way)) = path.split_last() else {
        return false;
    };
    for name in way {
        let target = holder.field(name).and_then(|field| datamodel.target(field));
        match target {
            Some(target) => holder = target,
            None => return false,
        }
    }
    let Some(field) = holder.field(last) else {
        return false;
    };
    let column = matches!(field.ty, FieldType::Scalar(_) | FieldType::Enum(_));
    let key = holder.is_id(field.id) || holder.is_unique(field.id);
    let owner = match project.owners.graph(model.schema).of(holder.id) {
        Ownership::Owned(chains) => chains.iter().any(|chain| chain.key == Some(field.id)),
        _ => false,
    };
    column && !key && !owner && !holder.is_foreign_key(field.id) && !names_key(last)
}

/// Whether the name of a column says that it ties a row to something.
pub(super) fn names_key(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    lower.ends_with("id") || lower.ends_with("ids") || says(&WHOSE) || says(&TIES)
}

/// Whether a part of a row says what the row is like, and ties nothing to it.
pub(super) fn is_content_of_row(project: &Project, row: &RowOrigin, path: &[SmolStr]) -> bool {
    let model = project.calls.get(row.call).model();
    model.is_some_and(|model| is_content(project, model, path))
}

/// What is written into new rows, their contents left out.
pub(super) fn ties_of_new<'v>(
    project: &Project,
    model: ModelRef,
    data: &'v Value,
    found: &mut Vec<&'v Value>,
) {
    match data {
        Value::Object(object) => of_object(project, model, object, found),
        Value::Array(array) => {
            for element in array.elements.iter().chain(&array.rest) {
                ties_of_new(project, model, element, found);
            }
        }
        Value::OneOf(choices) => {
            for choice in choices.iter() {
                ties_of_new(project, model, &choice.value, found);
            }
        }
        other => found.push(other),
    }
}

fn of_object<'v>(
    project: &Project,
    model: ModelRef,
    object: &'v ObjectValue,
    found: &mut Vec<&'v Value>,
) {
    let entries = object.entries.iter();
    let says_nothing = |name: &SmolStr| {
        is_content(project, model, std::slice::from_ref(name)) || says_who_did(name)
    };
    let ties = entries.filter(|(name, _)| !says_nothing(name));
    found.extend(ties.map(|(_, entry)| &entry.value));
    found.extend(&object.spreads);
}
