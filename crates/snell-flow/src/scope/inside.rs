//! Conditions that a client sends as a whole, with a part inside that a check before ties to who asks.

use smol_str::SmolStr;

use super::{Key, Origin, Trust, origins};
use crate::value::{ObjectValue, Value};

/// Whether the filter is a part of what the client sent, handed on as a whole, and a check
/// before ties something inside it to who asks: `findMany(args)`, `where: { ...args.where, gone: null }`.
pub(super) fn is_checked_inside(arguments: &Value, trust: &Trust) -> bool {
    if let Value::OneOf(choices) = arguments {
        let mut choices = choices.iter();
        return choices.all(|choice| is_checked_inside(&choice.value, trust));
    }
    let within = |value: &Value, below: Option<&str>, without: Option<&ObjectValue>| {
        let mut found = false;
        if let Value::Opaque(_) = value {
            origins(value, &mut |origin| {
                let Origin::Client(mut key) = origin else {
                    return;
                };
                key.path.extend(below.map(SmolStr::from));
                let stays = |known: &Key| {
                    let next = known.path.get(key.path.len());
                    !without.is_some_and(|object| {
                        next.is_some_and(|name| object.entries.contains_key(name))
                    })
                };
                found |= trust.inside(&key).any(stays);
            });
        }
        found
    };
    let in_filter = |filter: &Value| match filter {
        Value::Object(object) => certain_parts(object).into_iter().any(|object| {
            let mut spreads = object.spreads.iter();
            spreads.any(|spread| within(spread, None, Some(object)))
        }),
        filter => within(filter, None, None),
    };
    match arguments {
        Value::Object(object) => match object.entries.get("where") {
            Some(filter) => in_filter(&filter.value),
            None => {
                let mut spreads = object.spreads.iter();
                spreads.any(|spread| within(spread, Some("where"), None))
            }
        },
        whole => within(whole, Some("where"), None),
    }
}

/// A condition and those inside it that must hold as well: `resource: { ...args.where.resource }`.
fn certain_parts(object: &ObjectValue) -> Vec<&ObjectValue> {
    let mut parts = vec![object];
    for (name, entry) in &object.entries {
        let certain =
            entry.always && !matches!(name.as_str(), "OR" | "NOT" | "none" | "every" | "isNot");
        if let Some(inner) = entry.value.as_object().filter(|_| certain) {
            parts.extend(certain_parts(inner));
        }
    }
    parts
}
