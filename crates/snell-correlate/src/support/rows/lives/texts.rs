//! The columns in which tables keep what people write.

use snell_prisma::{Field, FieldId, ScalarType};
use snell_project::ownership::Ownership;

use crate::{
    rule::Context,
    rules::domain::raw_payload_retention::is_raw,
    support::{name_words::words, records, roles::Roles, tables::TableModel},
};

/// Words at the end of the names of columns that hold what somebody wrote, whatever the table.
const WRITTEN: [&str; 14] = [
    "answer",
    "bio",
    "biography",
    "body",
    "comment",
    "content",
    "feedback",
    "note",
    "prompt",
    "question",
    "sentence",
    "summary",
    "transcript",
    "text",
];

/// Words of columns beside a text that only name or place it.
const ABOUT: [&str; 16] = [
    "avatar", "code", "color", "email", "hash", "icon", "image", "kind", "language", "locale",
    "model", "name", "phone", "status", "type", "url",
];

/// Those columns of a table, in its order; none where its rows are nobody's.
pub(super) fn of(context: &Context<'_>, table: &TableModel<'_>) -> Vec<FieldId> {
    let (reference, model) = (table.reference(), table.model);
    let roles = Roles::shared(context);
    let message = roles.messages.iter().find(|one| one.model == reference);
    let translated = roles.translations.iter().any(|one| one.model == reference);
    let talks = message.is_some() || translated || super::memory(table).is_some();
    let logs = records::is_log(model) || roles.audit_logs.iter().any(|one| one.model == reference);
    let nobodys = *context.project.owners.of(reference) == Ownership::Global;
    if nobodys && !talks && !logs {
        return Vec::new();
    }
    let speaker = message.and_then(|one| one.speaker);
    let is_text = |field: &Field| {
        let name = words(&field.name);
        let last = name.last().map_or("", String::as_str);
        let plain = field.scalar() == Some(ScalarType::String)
            && !model.is_id(field.id)
            && !model.is_foreign_key(field.id)
            && last != "id"
            && speaker != Some(field.id);
        let about = name.iter().any(|word| ABOUT.contains(&word.as_str()));
        plain && (talks && !about || WRITTEN.contains(&last))
    };
    let columns = model.columns();
    let found = columns.filter(|field| is_text(field) || (talks || logs) && is_raw(model, field));
    found.map(|field| field.id).collect()
}
