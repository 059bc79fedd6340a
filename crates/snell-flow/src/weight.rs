//! Keeps values small.
//!
//! Values share their parts, so that a loop that feeds a value into itself can
//! build, in few steps, one whose size as a tree is exponential; comparing or
//! hashing it would then never end. A value above [`MAX_NODES`] says nothing
//! that a rule could show to a reader, and is forgotten where it would be kept.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::{
    fact::Fact,
    value::{ArrayValue, Choice, ObjectValue, Opaque, Root, RowOrigin, SqlPart, TextPart, Value},
};

/// Nodes of the largest value that is kept.
const MAX_NODES: u32 = 5_000;

// Values are what following keeps, and two of them stand in most facts. With a text of its own each for numbers, a
// value would need a word more to tell them from strings.
const _: () = assert!(size_of::<Value>() <= 24 && size_of::<Fact>() <= 56);

/// How many nodes a value has, as far as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Weight(u32);

impl Weight {
    pub(crate) fn of(value: &Value) -> Self {
        let mut left = MAX_NODES;
        match takes(value, &mut left) {
            true => Weight(MAX_NODES - left),
            false => Weight(u32::MAX),
        }
    }
}

/// The value, or what may still be said of it when it is too large.
pub(crate) fn bounded(value: Value) -> Value {
    within(value, MAX_NODES)
}

/// The same with so many nodes; the parts of an object or a list share them.
fn within(value: Value, limit: u32) -> Value {
    let mut left = limit;
    if takes(&value, &mut left) {
        return value;
    }
    match value {
        // Which query a row came from stays known.
        Value::Opaque(opaque) => match &opaque.root {
            Root::Row(row) => Value::Opaque(Arc::new(Opaque {
                root: Root::Row(Arc::new(
                    RowOrigin::looked_up_by(row.call, Value::Unknown)
                        .scoped_by_client(row.is_scoped_by_client()),
                )),
                path: opaque.path.clone(),
            })),
            _ => Value::Unknown,
        },
        Value::Object(mut object) => {
            let parts = object.entries.len() + object.spreads.len();
            let Some(share) = share(limit, parts) else {
                return Value::Unknown;
            };
            let object_parts = Arc::make_mut(&mut object);
            let entries = object_parts.entries.values_mut();
            for part in entries
                .map(|entry| &mut entry.value)
                .chain(&mut object_parts.spreads)
            {
                *part = within(std::mem::take(part), share);
            }
            Value::Object(object)
        }
        Value::Array(mut array) => {
            let parts = array.elements.len() + usize::from(array.rest.is_some());
            let Some(share) = share(limit, parts) else {
                return Value::Unknown;
            };
            let array_parts = Arc::make_mut(&mut array);
            for part in array_parts.elements.iter_mut().chain(&mut array_parts.rest) {
                *part = within(std::mem::take(part), share);
            }
            Value::Array(array)
        }
        _ => Value::Unknown,
    }
}

/// What each of so many parts may take; nothing when that is no more than a node.
fn share(limit: u32, parts: usize) -> Option<u32> {
    let share = limit.checked_sub(1)? / u32::try_from(parts).ok()?.max(1);
    (share > 1).then_some(share)
}

/// Whether what the fact speaks of is small enough to be kept.
pub(crate) fn is_bounded_fact(fact: &Fact) -> bool {
    let mut left = MAX_NODES;
    takes_fact(fact, &mut left)
}

/// The value without what holds when it is one of some, but for what is there of the request.
pub(crate) fn plain(value: &Value) -> Value {
    without_reasons(value).unwrap_or_else(|| value.clone())
}

/// Whether a fact says no more than that a part of the request, or of who asks, is there or is not: it tells a
/// default of who asks (`own || sent`) from what the client put in their place (`sent || own`).
fn is_presence(fact: &Fact) -> bool {
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => is_of_request(value),
        Fact::Equal(value, nothing) | Fact::Differ(value, nothing) => {
            matches!(nothing, Value::Undefined | Value::Null) && is_of_request(value)
        }
        Fact::Member(..) | Fact::OneOf(_) => false,
    }
}

/// Whether a value is a part of the request, or of who asks.
pub(crate) fn is_of_request(value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    matches!(
        opaque.root,
        Root::Identity | Root::ClientInput(..) | Root::Parsed(_)
    )
}

/// The same; nothing when there is nothing to leave out.
fn without_reasons(value: &Value) -> Option<Value> {
    match value {
        Value::OneOf(choices) => {
            let mut kept: Vec<Choice> = Vec::with_capacity(choices.len());
            for choice in choices.iter() {
                let value = plain(&choice.value);
                if kept.iter().all(|known| known.value != value) {
                    let facts = choice.facts.iter().filter(|fact| is_presence(fact));
                    kept.push(Choice {
                        value,
                        facts: facts.cloned().collect(),
                    });
                }
            }
            let known = || kept.iter().zip(choices.iter());
            let same = kept.len() == choices.len() && known().all(|(a, b)| a == b);
            (!same).then(|| match kept.as_slice() {
                [only] => only.value.clone(),
                _ => Value::OneOf(kept.into()),
            })
        }
        Value::Object(object) => {
            let entries = object.entries.iter();
            let changed: Vec<(&SmolStr, Value)> = entries
                .filter_map(|(key, entry)| Some((key, without_reasons(&entry.value)?)))
                .collect();
            let spreads: Vec<Option<Value>> = object.spreads.iter().map(without_reasons).collect();
            if changed.is_empty() && spreads.iter().all(Option::is_none) {
                return None;
            }
            let mut plain = ObjectValue::clone(object);
            for (key, value) in changed {
                plain.entries[key].value = value;
            }
            for (spread, value) in plain.spreads.iter_mut().zip(spreads) {
                if let Some(value) = value {
                    *spread = value;
                }
            }
            Some(Value::Object(plain.into()))
        }
        Value::Array(array) => {
            let elements = all_without(&array.elements);
            let rest = array.rest.as_ref().and_then(without_reasons);
            (elements.is_some() || rest.is_some()).then(|| {
                Value::Array(Arc::new(ArrayValue {
                    elements: elements.unwrap_or_else(|| array.elements.clone()),
                    rest: rest.or_else(|| array.rest.clone()),
                }))
            })
        }
        // What a row was looked up by was made plain when it was.
        Value::Opaque(opaque) => match &opaque.root {
            Root::Derived(values) => Some(Value::Opaque(Arc::new(Opaque {
                root: Root::Derived(all_without(values)?.into()),
                path: opaque.path.clone(),
            }))),
            _ => None,
        },
        _ => None,
    }
}

fn all_without(values: &[Value]) -> Option<Vec<Value>> {
    let plain: Vec<Option<Value>> = values.iter().map(without_reasons).collect();
    let changed = plain.iter().any(Option::is_some);
    let pairs = values.iter().zip(plain);
    changed.then(|| {
        pairs
            .map(|(value, plain)| plain.unwrap_or_else(|| value.clone()))
            .collect()
    })
}

/// Takes the nodes of a value from what is left; `false` when it is not enough.
fn takes(value: &Value, left: &mut u32) -> bool {
    let Some(fewer) = left.checked_sub(1) else {
        return false;
    };
    *left = fewer;
    match value {
        Value::Text(parts) => parts.iter().all(|part| match part {
            TextPart::Constant(_) => true,
            TextPart::Value(value, _) => takes(value, left),
        }),
        Value::Sql(parts) => parts.iter().all(|part| match part {
            SqlPart::Text { .. } => true,
            SqlPart::Value(value, _) | SqlPart::Raw(value, _) => takes(value, left),
            SqlPart::Join(join) => takes(&join.list, left),
        }),
        Value::Object(object) => {
            object
                .entries
                .values()
                .all(|entry| takes(&entry.value, left))
                && object.spreads.iter().all(|spread| takes(spread, left))
        }
        Value::Array(array) => array
            .elements
            .iter()
            .chain(&array.rest)
            .all(|element| takes(element, left)),
        Value::OneOf(choices) => choices.iter().all(|choice| {
            takes(&choice.value, left) && choice.facts.iter().all(|fact| takes_fact(fact, left))
        }),
        Value::Opaque(opaque) => match &opaque.root {
            Root::Derived(values) => values.iter().all(|value| takes(value, left)),
            Root::Row(row) => match left.checked_sub(row.weight().0) {
                Some(fewer) => {
                    *left = fewer;
                    true
                }
                None => false,
            },
            _ => true,
        },
        Value::Unknown
        | Value::Undefined
        | Value::Null
        | Value::Literal(_)
        | Value::Function(_) => true,
    }
}

fn takes_fact(fact: &Fact, left: &mut u32) -> bool {
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => takes(value, left),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
            takes(a, left) && takes(b, left)
        }
        Fact::OneOf(groups) => groups
            .iter()
            .all(|group| group.iter().all(|fact| takes_fact(fact, left))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value of `2^depth` nodes that takes `depth` allocations.
    fn doubled(depth: u32) -> Value {
        let mut value = Value::opaque(Root::Environment);
        for _ in 0..depth {
            value = Value::opaque(Root::Derived([value.clone(), value].into()));
        }
        value
    }

    #[test]
    fn keeps_what_is_small() {
        assert_eq!(bounded(doubled(4)), doubled(4));
    }

    #[test]
    fn keeps_the_small_parts_of_a_large_list() {
        let list = |elements: Vec<Value>| {
            Value::Array(Arc::new(ArrayValue {
                elements,
                rest: None,
            }))
        };
        assert_eq!(
            bounded(list(vec![doubled(4), doubled(60)])),
            list(vec![doubled(4), Value::Unknown])
        );
    }

    #[test]
    fn forgets_what_grows_without_end() {
        assert_eq!(bounded(doubled(60)), Value::Unknown);
        assert!(!is_bounded_fact(&Fact::Truthy(doubled(60))));
    }
}
