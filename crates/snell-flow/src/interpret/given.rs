//! What the `return` statements of a function come to together.

use crate::{facts::Facts, value::Value};

/// What holds at every `return`: what all share, and that one of the ways was taken.
pub(super) fn common_facts(returns: &[(Value, Facts)]) -> Facts {
    let ways = returns.iter().map(|(_, facts)| facts.clone());
    ways.reduce(Facts::either).unwrap_or_default()
}

/// What is given back, each possibility with what holds then and not always.
pub(super) fn joined(returns: &[(Value, Facts)], known: &Facts) -> Value {
    let beyond = |facts: &Facts| {
        let mut apart = facts.beyond(known);
        apart.retain(|fact| !known.contains(fact));
        apart
    };
    let ways = returns.iter();
    ways.map(|(value, facts)| (value.clone(), beyond(facts)))
        .reduce(|(a, a_facts), (b, b_facts)| (Value::join(a, &a_facts, b, &b_facts), Vec::new()))
        .map_or(Value::Undefined, |(value, _)| value)
}
