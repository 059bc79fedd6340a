//! What a query's arguments say about how many rows it asks for, and by what.

use snell_flow::{Literal, LoopId, ObjectValue, Query, Root, SqlPart, Step, TextPart, Value};

/// Keys under which a value bounds a range or a page rather than naming a row.
const RANGES: [&str; 16] = [
    "gt",
    "gte",
    "lt",
    "lte",
    "skip",
    "take",
    "cursor",
    "contains",
    "startsWith",
    "endsWith",
    "search",
    "not",
    "notIn",
    "orderBy",
    "select",
    "include",
];

/// Keys that take a list.
const LISTS: [&str; 6] = ["in", "notIn", "hasSome", "hasEvery", "set", "connect"];

/// Whether the query asks by a value of the loop's round, one row's key at a
/// time: not for a range of dates, a page, or a whole part of the list.
pub(super) fn is_keyed(query: &Query, around: LoopId) -> bool {
    query
        .arguments
        .iter()
        .any(|argument| keys(argument, around, ""))
        && !query
            .arguments
            .iter()
            .any(|argument| takes_part(argument, around, ""))
}

fn keys(value: &Value, around: LoopId, key: &str) -> bool {
    if RANGES.contains(&key) {
        return false;
    }
    match value {
        Value::Object(object) => {
            object
                .entries
                .iter()
                .any(|(key, entry)| keys(&entry.value, around, key))
                || object
                    .spreads
                    .iter()
                    .any(|spread| spread.depends_on_loop(around))
        }
        Value::Array(array) => array
            .elements
            .iter()
            .chain(&array.rest)
            .any(|element| keys(element, around, key)),
        Value::OneOf(choices) => choices
            .iter()
            .any(|choice| keys(&choice.value, around, key)),
        other => other.depends_on_loop(around),
    }
}

/// Whether the round's element is itself a list that the query takes whole.
fn takes_part(value: &Value, around: LoopId, key: &str) -> bool {
    match value {
        Value::Object(object) => object
            .entries
            .iter()
            .any(|(key, entry)| takes_part(&entry.value, around, key)),
        Value::Array(array) => array
            .elements
            .iter()
            .chain(&array.rest)
            .any(|element| is_part_of_part(element, around) || takes_part(element, around, key)),
        Value::OneOf(choices) => choices
            .iter()
            .any(|choice| takes_part(&choice.value, around, key)),
        Value::Opaque(opaque) => {
            let whole = opaque.root == Root::Element(around) && opaque.path.is_empty()
                || opaque.path.last() == Some(&Step::Each(Some(around)));
            LISTS.contains(&key) && whole || is_part_of_part(value, around)
        }
        Value::Sql(parts) => takes_part_of_text(parts, around),
        _ => false,
    }
}

/// `Prisma.join(part)`, `ANY(${part})`, `unnest(${part})`: the round's element is a list.
fn takes_part_of_text(parts: &[SqlPart], around: LoopId) -> bool {
    let mut before = "";
    parts.iter().any(|part| match part {
        SqlPart::Text { text, .. } => {
            before = text;
            false
        }
        SqlPart::Join(join) => join.list.depends_on_loop(around),
        SqlPart::Value(value, _) | SqlPart::Raw(value, _) => {
            let opened = before.trim_end().to_ascii_lowercase();
            let list = [
                "any(",
                "any (",
                "all(",
                "all (",
                "unnest(",
                "json_to_recordset(",
            ]
            .iter()
            .any(|call| opened.ends_with(call));
            list && value.depends_on_loop(around) || takes_part(value, around, "")
        }
    })
}

/// An element of the round's element.
fn is_part_of_part(value: &Value, around: LoopId) -> bool {
    let mut found = false;
    value.visit(&mut |value| {
        if let Value::Opaque(opaque) = value {
            let first = match opaque.root {
                Root::Element(id) if id == around => {
                    matches!(opaque.path.first(), Some(Step::Each(_)))
                }
                _ => false,
            };
            found |= first
                || opaque.path.windows(2).any(|pair| {
                    pair[0] == Step::Each(Some(around)) && matches!(pair[1], Step::Each(_))
                });
        }
    });
    found
}

/// `take: 10`
pub(super) fn constant_take(arguments: &Value) -> Option<u32> {
    let take = &arguments.as_object()?.entries.get("take")?;
    match &take.value {
        Value::Literal(Literal::Number(number)) if take.always => {
            number.trim_start_matches('-').parse().ok()
        }
        _ => None,
    }
}

/// The number in `LIMIT 20` at the end of a statement: what a raw query with these arguments is at most.
pub(super) fn constant_limit(arguments: &Value) -> Option<u32> {
    let mut text = String::new();
    match arguments {
        Value::Array(array) => push_text(array.elements.first()?, &mut text),
        value => push_text(value, &mut text),
    }
    let lower = text.to_ascii_lowercase();
    let (_, after) = lower.rsplit_once("limit")?;
    after.trim().trim_end_matches(';').trim_end().parse().ok()
}

/// Whether an object surely or perhaps has a key.
pub(super) fn has(object: &ObjectValue, key: &str) -> bool {
    object
        .entries
        .get(key)
        .is_some_and(|entry| entry.value != Value::Undefined)
        || !object.spreads.is_empty()
}

/// The key of a `where` that holds the round's value, and the field of the
/// element that it is: `where: { agentId: agent.id }`.
pub(super) fn key_of(query: &Query, around: LoopId) -> Option<(String, Option<String>)> {
    let arguments = query.arguments.first()?.as_object()?;
    let filter = arguments.entries.get("where")?.value.as_object()?;
    filter.entries.iter().find_map(|(key, entry)| {
        let value = match &entry.value {
            Value::Object(inner) => &inner.entries.get("equals")?.value,
            other => other,
        };
        let Value::Opaque(opaque) = value else {
            return None;
        };
        if !value.depends_on_loop(around) {
            return None;
        }
        let field = match opaque.path.last() {
            Some(Step::Property(name)) => Some(name.to_string()),
            _ => None,
        };
        Some((key.to_string(), field))
    })
}

/// How many keys of a `where` hold values of the round.
pub(super) fn keys_of(query: &Query, around: LoopId) -> usize {
    let filter = query
        .arguments
        .first()
        .and_then(Value::as_object)
        .and_then(|arguments| arguments.entries.get("where"));
    filter
        .and_then(|entry| entry.value.as_object())
        .map_or(0, |filter| {
            let entries = filter.entries.values();
            entries
                .filter(|entry| entry.value.depends_on_loop(around))
                .count()
        })
}

/// Whether the round's element is the text of a raw query, not a value in it.
pub(super) fn is_whole_text(query: &Query, around: LoopId) -> bool {
    fn is_whole(text: &Value) -> bool {
        match text {
            Value::Opaque(_) => true,
            Value::OneOf(choices) => choices.iter().all(|choice| is_whole(&choice.value)),
            _ => false,
        }
    }
    query
        .arguments
        .first()
        .is_some_and(|text| is_whole(text) && text.depends_on_loop(around))
}

/// The constant text of a raw query as this call sends it; a space stands for
/// each value. `None` where nothing of the text is known.
pub(super) fn raw_text(query: &Query) -> Option<String> {
    let mut text = String::new();
    push_text(query.arguments.first()?, &mut text);
    (!text.trim().is_empty()).then_some(text)
}

fn push_text(value: &Value, text: &mut String) {
    match value {
        Value::Literal(Literal::String(constant)) => text.push_str(constant),
        Value::Text(parts) => parts.iter().for_each(|part| match part {
            TextPart::Constant(constant) => text.push_str(constant),
            TextPart::Value(..) => text.push(' '),
        }),
        Value::Sql(parts) => parts.iter().for_each(|part| match part {
            SqlPart::Text { text: constant, .. } => text.push_str(constant),
            SqlPart::Value(Value::Sql(_), _) | SqlPart::Raw(Value::Literal(_), _) => {
                let (SqlPart::Value(inner, _) | SqlPart::Raw(inner, _)) = part else {
                    return;
                };
                push_text(inner, text);
            }
            SqlPart::Value(..) | SqlPart::Raw(..) | SqlPart::Join(_) => text.push(' '),
        }),
        _ => {}
    }
}

/// The constant texts before the values of a raw query that come from a round
/// of the loop, in their order.
pub(super) fn before_round_values(query: &Query, around: LoopId) -> Vec<String> {
    let Some(Value::Sql(parts)) = query.arguments.first() else {
        return Vec::new();
    };
    let mut before = String::new();
    let mut found = Vec::new();
    for part in parts.iter() {
        match part {
            SqlPart::Text { text, .. } => before.push_str(text),
            SqlPart::Value(value, _) | SqlPart::Raw(value, _) => {
                if value.depends_on_loop(around) {
                    found.push(before.clone());
                }
                before.push(' ');
            }
            SqlPart::Join(_) => before.push(' '),
        }
    }
    found
}
