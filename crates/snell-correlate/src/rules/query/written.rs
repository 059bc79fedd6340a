//! Code for helps: what stands in the query, with the part that is changed.

use snell_flow::{Entry, LoopId, ObjectValue, Query, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::module::ExpressionRef;

use crate::rule::Context;

/// Longer code is not repeated in a help.
const MOST: usize = 48;

/// An expression as it is written, when it is short and on one line.
pub(super) fn expression(context: &Context<'_>, at: ExpressionRef) -> Option<String> {
    let text = context.text(context.project.modules.location(at)).trim();
    (text.len() <= MOST && !text.contains('\n')).then(|| text.to_owned())
}

/// `key: value` as it is written, `key` for a shorthand; `key: ...` when the
/// value is long.
pub(super) fn entry(context: &Context<'_>, key: &str, entry: &Entry) -> String {
    match entry.at.map(|at| expression(context, at)) {
        Some(Some(text)) if text == key => text,
        Some(Some(text)) => format!("{key}: {text}"),
        _ => format!("{key}: ..."),
    }
}

/// `id, userId`: what a condition asks by, for one of `updateMany` that asks by the same and more. Keys of several
/// columns have no name there: `{ userId_asset: { userId, asset } }` is `userId, asset`.
pub(super) fn keys(model: &Model, filter: &Value) -> Option<String> {
    let entries = &filter.as_object()?.entries;
    let mut keys: Vec<&str> = Vec::new();
    for (name, entry) in entries {
        match entry.value.as_object() {
            Some(parts) if is_compound(model, name) => {
                keys.extend(parts.entries.keys().map(smol_str::SmolStr::as_str));
            }
            _ => keys.push(name),
        }
    }
    Some(keys.join(", "))
}

/// Whether a key of a condition stands for a unique criterion of several columns.
fn is_compound(model: &Model, name: &str) -> bool {
    model.field(name).is_none() && !matches!(name, "AND" | "OR" | "NOT")
}

type Conditions<'a> = Vec<(&'a str, &'a Entry)>;

/// The conditions of a query's `where` that hold a value of the round, and the others.
pub(super) fn conditions(query: &Query, around: LoopId) -> (Conditions<'_>, Conditions<'_>) {
    let filter = arguments(query)
        .and_then(|arguments| arguments.entries.get("where"))
        .and_then(|entry| entry.value.as_object());
    let entries = filter.into_iter().flat_map(|filter| &filter.entries);
    entries
        .map(|(key, entry)| (key.as_str(), entry))
        .partition(|(_, entry)| entry.value.depends_on_loop(around))
}

/// The condition on the elements of all rounds: `{ id: { in: ids }, userId }`.
pub(super) fn condition_on_all(
    context: &Context<'_>,
    query: &Query,
    around: LoopId,
    key: &str,
) -> String {
    let (_, others) = conditions(query, around);
    let mut parts = vec![format!("{key}: {{ in: {} }}", plural(key))];
    parts.extend(others.iter().map(|(key, other)| entry(context, key, other)));
    format!("{{ {} }}", parts.join(", "))
}

/// `ids` for `id`.
fn plural(key: &str) -> String {
    match key.strip_suffix('y') {
        Some(stem) if !key.ends_with("ey") => format!("{stem}ies"),
        _ if key.ends_with('s') => format!("{key}List"),
        _ => format!("{key}s"),
    }
}

/// What a query says beside its condition on the round: other conditions, an
/// order, a limit, a projection. `true` when it says nothing.
pub(super) fn nested(context: &Context<'_>, query: &Query, around: LoopId) -> String {
    let (_, others) = conditions(query, around);
    let mut parts = Vec::new();
    if !others.is_empty() {
        let inner: Vec<String> = others
            .iter()
            .map(|(key, other)| entry(context, key, other))
            .collect();
        parts.push(format!("where: {{ {} }}", inner.join(", ")));
    }
    let rest = arguments(query).into_iter().flat_map(|all| &all.entries);
    parts.extend(
        rest.filter(|(key, _)| *key != "where")
            .map(|(key, other)| entry(context, key, other)),
    );
    match parts.is_empty() {
        true => "true".to_owned(),
        false => format!("{{ {} }}", parts.join(", ")),
    }
}

/// The condition alone of what [`nested`] says, for what is counted: `true` when there is none.
pub(super) fn nested_condition(context: &Context<'_>, query: &Query, around: LoopId) -> String {
    let (_, others) = conditions(query, around);
    let inner: Vec<String> = others
        .iter()
        .map(|(key, other)| entry(context, key, other))
        .collect();
    match inner.is_empty() {
        true => "true".to_owned(),
        false => format!("{{ where: {{ {} }} }}", inner.join(", ")),
    }
}

/// What an aggregate reckons, as it is written: `, _sum: { total: true }`.
pub(super) fn reckoned(context: &Context<'_>, query: &Query) -> String {
    let all = arguments(query).into_iter().flat_map(|all| &all.entries);
    all.filter(|(key, _)| key.starts_with('_'))
        .map(|(key, other)| format!(", {}", entry(context, key, other)))
        .collect()
}

/// Which of `select` and `include` a query's arguments have already.
pub(super) fn projection(arguments: &Value) -> Option<&'static str> {
    let arguments = arguments.as_object()?;
    ["select", "include"]
        .into_iter()
        .find(|key| arguments.entries.contains_key(*key))
}

/// How a relation is added to a projection.
pub(super) fn adding(projection: Option<&str>, name: &str, what: &str) -> String {
    match projection {
        Some(key) => format!("`{name}: {what}` in its `{key}`"),
        None => format!("`include: {{ {name}: {what} }}`"),
    }
}

/// When a row was made, as far as a column says so.
pub(super) fn time_of_creation(model: &Model) -> Option<&Field> {
    let times = || {
        model.fields.iter().filter(|field| {
            field.scalar() == Some(ScalarType::DateTime)
                && field
                    .default
                    .as_ref()
                    .is_some_and(|default| default.value.is_function("now"))
        })
    };
    let called = |words: &[&str], field: &Field| {
        let name = field.name.to_ascii_lowercase();
        words.iter().any(|word| name.contains(word))
    };
    let others = ["update", "check", "seen", "login", "sync", "used"];
    times()
        .find(|field| called(&["creat"], field))
        .or_else(|| times().find(|field| !called(&others, field)))
}

fn arguments(query: &Query) -> Option<&ObjectValue> {
    query.arguments.first()?.as_object()
}
