//! Queries that change rows, by their operation or by what their text says.

use snell_flow::Query;
use snell_project::client::Operation;

use super::shape;
use crate::rule::Context;

/// Whether a query changes rows: by its operation, or by what its text says.
pub(super) fn is_write(context: &Context<'_>, query: &Query) -> bool {
    let operation = context.project.calls.get(query.call).operation;
    match operation {
        Operation::ExecuteRaw | Operation::ExecuteRawUnsafe => true,
        _ if operation.is_raw() => context.raw.get(query.call).is_some_and(|raw| {
            let texts = raw.runs.iter().flat_map(|run| &run.texts);
            texts.map(|text| text.text.as_str()).any(changes_rows)
        }),
        _ => operation.is_write(),
    }
}

/// The word of the statement by which a raw query changes rows: `insert`,
/// `update`, `delete` or `merge`; `None` for locks, settings and what it is not known of.
pub(super) fn changing_word(context: &Context<'_>, query: &Query) -> Option<&'static str> {
    if !context.project.calls.get(query.call).operation.is_raw() {
        return None;
    }
    let sent = shape::raw_text(query);
    let known = || {
        let raw = context.raw.get(query.call)?;
        let mut texts = raw.runs.iter().flat_map(|run| &run.texts);
        Some(texts.next()?.text.clone())
    };
    let text = sent.or_else(known)?.trim_start().to_ascii_lowercase();
    let words = [
        ("insert", "insert into"),
        ("update", "update "),
        ("delete", "delete from"),
        ("merge", "merge into"),
    ];
    let begun = words.iter().find(|(word, _)| text.starts_with(word));
    let inside = || {
        let mut opened = words.iter().filter(|_| text.starts_with("with"));
        opened.find(|(_, opening)| text.contains(opening))
    };
    begun.or_else(inside).map(|(word, _)| *word)
}

/// Whether a statement inserts, updates, deletes or calls a function that may.
fn changes_rows(sql: &str) -> bool {
    let lower = sql.trim_start().to_ascii_lowercase();
    // `FOR UPDATE` takes its locks one after the other on purpose.
    if lower.contains("for update") {
        return true;
    }
    let words = [
        "insert",
        "update",
        "delete",
        "merge",
        "select pg_advisory",
        "select set_config",
    ];
    words.iter().any(|word| lower.starts_with(word))
        || lower.starts_with("with")
            && ["insert into", "update ", "delete from"]
                .iter()
                .any(|word| lower.contains(word))
}
