//! What is known to hold at a place, because every other way was left.

use crate::value::{Choice, Value};

/// Something that holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fact {
    /// The value is there: not `null`, `undefined`, `false`, `0` or `''`.
    Truthy(Value),
    /// The value is none of that.
    Falsy(Value),
    /// Both are equal.
    Equal(Value, Value),
    /// Both differ.
    Differ(Value, Value),
    /// The second, a list, holds the first.
    Member(Value, Value),
}

/// More facts than this are forgotten, oldest first kept.
const MAX_FACTS: usize = 96;

/// Adds a fact that is not known yet.
pub(crate) fn learn(facts: &mut Vec<Fact>, fact: Fact) {
    if facts.len() < MAX_FACTS && !facts.contains(&fact) {
        facts.push(fact);
    }
}

/// What holds when a value is truthy (or falsy); `None` when it cannot be.
pub(crate) fn when(value: &Value, truthy: bool) -> Option<Vec<Fact>> {
    if let Some(truth) = value.truth() {
        return (truth == truthy).then(Vec::new);
    }
    match value {
        Value::OneOf(choices) => common(choices, truthy),
        Value::Unknown => Some(Vec::new()),
        value if truthy => Some(vec![Fact::Truthy(value.clone())]),
        value => Some(vec![Fact::Falsy(value.clone())]),
    }
}

/// What holds under every choice that can be truthy (or falsy).
fn common(choices: &[Choice], truthy: bool) -> Option<Vec<Fact>> {
    let mut held: Option<Vec<Fact>> = None;
    for choice in choices {
        let Some(mut facts) = when(&choice.value, truthy) else {
            continue;
        };
        facts.extend(choice.facts.iter().cloned());
        held = Some(match held {
            None => facts,
            Some(held) => held
                .into_iter()
                .filter(|fact| facts.contains(fact))
                .collect(),
        });
    }
    held
}
