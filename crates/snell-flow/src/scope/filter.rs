//! What a `where` compares with what, however it is nested.

use smol_str::SmolStr;

use crate::{
    event::Query,
    value::{Entry, ObjectValue, Value},
};

/// One comparison in a `where`.
#[derive(Debug, Clone)]
pub struct Leaf<'v> {
    /// The fields on the way: `["session", "userId"]`; operators left out.
    pub path: Vec<SmolStr>,
    /// What the field is compared with.
    pub value: &'v Value,
    /// Whether it is there on every path.
    pub always: bool,
    /// Whether it stands below `OR`, `NOT`, `none` or `not`, or is compared by
    /// something else than equality.
    pub weak: bool,
    /// Whether it stands below `NOT`, `none`, `not` or their like: the rows of others are asked for.
    pub negated: bool,
}

/// Operators that demand equality with the value, or one of its elements.
const EQUALITY: [&str; 4] = ["equals", "in", "has", "hasSome"];
/// What asks for the rows that are not so.
const NEGATIONS: [&str; 5] = ["NOT", "not", "notIn", "none", "isNot"];
/// Operators that compare in other ways, or change how.
const OTHERS: [&str; 15] = [
    "not",
    "notIn",
    "lt",
    "lte",
    "gt",
    "gte",
    "contains",
    "startsWith",
    "endsWith",
    "search",
    "mode",
    "isEmpty",
    "hasEvery",
    "path",
    "string_contains",
];

/// The comparisons of a `where`; `None` when some of its keys are not known.
#[must_use]
pub fn leaves(filter: &Value) -> Option<Vec<Leaf<'_>>> {
    let mut found = Vec::new();
    let known = collect(filter, &mut Vec::new(), true, false, &mut found);
    known.then_some(found)
}

/// The comparisons of the `where` in a query's first argument; `None` when there is none, or not all of it is known.
#[must_use]
pub fn conditions(query: &Query) -> Option<Vec<Leaf<'_>>> {
    let arguments = query.arguments.first()?.as_object()?;
    leaves(&arguments.entries.get("where")?.value)
}

/// The comparisons of a `where` that hold whatever else stands beside them.
#[must_use]
pub(super) fn certain_leaves(filter: &Value) -> Vec<Leaf<'_>> {
    certain(filter, &|entry| entry.always)
}

/// Those of them in whose place nothing can have been put that is spread after them.
#[must_use]
pub(super) fn bound_leaves(filter: &Value) -> Vec<Leaf<'_>> {
    certain(filter, &|entry| entry.always && !entry.beneath)
}

fn certain<'v>(filter: &'v Value, is_sure: &dyn Fn(&Entry) -> bool) -> Vec<Leaf<'v>> {
    let mut found = Vec::new();
    if let Value::Object(object) = filter {
        for (key, entry) in object.entries.iter().filter(|(_, entry)| is_sure(entry)) {
            match (key.as_str(), &entry.value) {
                ("AND", Value::Array(all)) => {
                    let all = all.elements.iter();
                    found.extend(all.flat_map(|one| certain(one, is_sure)));
                }
                ("AND", value) => found.extend(certain(value, is_sure)),
                ("OR" | "NOT", _) => {}
                (field, value) => {
                    let mut own = Vec::new();
                    collect(value, &mut vec![field.into()], true, false, &mut own);
                    found.extend(own.into_iter().filter(|leaf| leaf.always && !leaf.weak));
                }
            }
        }
    }
    found
}

fn collect<'v>(
    value: &'v Value,
    path: &mut Vec<SmolStr>,
    always: bool,
    weak: bool,
    found: &mut Vec<Leaf<'v>>,
) -> bool {
    match value {
        Value::Object(object) => inside(object, path, always, weak, found),
        Value::OneOf(choices) if choices.iter().any(|c| matches!(c.value, Value::Object(_))) => {
            choices
                .iter()
                .all(|choice| collect(&choice.value, path, false, weak, found))
        }
        _ if path.is_empty() => matches!(value, Value::Undefined | Value::Null),
        value => leaf(value, path, always, weak, found),
    }
}

fn inside<'v>(
    object: &'v ObjectValue,
    path: &mut Vec<SmolStr>,
    always: bool,
    weak: bool,
    found: &mut Vec<Leaf<'v>>,
) -> bool {
    if !object.spreads.is_empty() {
        return false;
    }
    object.entries.iter().all(|(key, entry)| {
        let always = always && entry.always;
        let before = found.len();
        let known = match key.as_str() {
            "AND" => listed(&entry.value, path, always, weak, found),
            "OR" => {
                let weak = weak || !has_one_form(&entry.value);
                listed(&entry.value, path, always, weak, found)
            }
            "NOT" => listed(&entry.value, path, always, true, found),
            "is" | "some" | "every" => collect(&entry.value, path, always, weak, found),
            "isNot" | "none" => collect(&entry.value, path, always, true, found),
            operator if !path.is_empty() && EQUALITY.contains(&operator) => {
                leaf(&entry.value, path, always, weak, found)
            }
            operator if !path.is_empty() && OTHERS.contains(&operator) => {
                leaf(&entry.value, path, always, true, found)
            }
            field => {
                path.push(field.into());
                let known = collect(&entry.value, path, always, weak, found);
                path.pop();
                known
            }
        };
        if NEGATIONS.contains(&key.as_str()) {
            found[before..]
                .iter_mut()
                .for_each(|leaf| leaf.negated = true);
        }
        known
    })
}

/// Whether all ways of an `OR` compare alike: `words.map((word) => ({ userId, word }))`.
/// An empty list of ways finds nothing.
fn has_one_form(ways: &Value) -> bool {
    match ways {
        Value::Array(ways) if ways.elements.is_empty() && ways.rest.is_none() => true,
        Value::OneOf(choices) => choices.iter().all(|choice| has_one_form(&choice.value)),
        Value::Array(ways) => ways.elements.len() + usize::from(ways.rest.is_some()) == 1,
        _ => false,
    }
}

fn leaf<'v>(
    value: &'v Value,
    path: &[SmolStr],
    always: bool,
    weak: bool,
    found: &mut Vec<Leaf<'v>>,
) -> bool {
    found.push(Leaf {
        path: path.to_vec(),
        value,
        always,
        weak,
        negated: false,
    });
    true
}

fn listed<'v>(
    value: &'v Value,
    path: &mut Vec<SmolStr>,
    always: bool,
    weak: bool,
    found: &mut Vec<Leaf<'v>>,
) -> bool {
    match value {
        Value::Array(array) => array
            .elements
            .iter()
            .chain(&array.rest)
            .all(|element| collect(element, path, always, weak, found)),
        Value::OneOf(choices) if choices.iter().all(|c| matches!(c.value, Value::Array(_))) => {
            choices
                .iter()
                .all(|choice| listed(&choice.value, path, false, weak, found))
        }
        other => collect(other, path, always, weak, found),
    }
}
