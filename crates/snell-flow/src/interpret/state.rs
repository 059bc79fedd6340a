//! What is known while a function runs: variables, and what holds.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use snell_project::module::BindingRef;

use crate::{
    fact::Fact,
    facts::Facts,
    scope::{Origin, origins},
    value::Value,
    weight::bounded,
};

type Variables = FxHashMap<BindingRef, Value>;

/// The state on one path.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Shared by the ways that come from one, until one of them assigns.
    variables: Arc<Variables>,
    pub(crate) facts: Facts,
    /// Whether the path goes on; `false` after `return`, `throw`, `break`.
    pub(crate) alive: bool,
}

impl State {
    pub(crate) fn new() -> Self {
        State {
            alive: true,
            ..State::default()
        }
    }

    pub(crate) fn get(&self, binding: BindingRef) -> Option<&Value> {
        self.variables.get(&binding)
    }

    pub(crate) fn set(&mut self, binding: BindingRef, value: Value) {
        Arc::make_mut(&mut self.variables).insert(binding, bounded(value));
    }

    /// The variables that hold who asks, or a part of them, and nothing else.
    pub(crate) fn of_who_asks(&self) -> Vec<BindingRef> {
        let who = |value: &Value| {
            let mut who = false;
            if let Value::Opaque(_) = value {
                origins(value, &mut |origin| {
                    who |= matches!(origin, Origin::Identity(_))
                });
            }
            who
        };
        let variables = self.variables.iter().filter(|(_, value)| who(value));
        let mut found: Vec<BindingRef> = variables.map(|(binding, _)| *binding).collect();
        found.sort_unstable();
        found
    }

    pub(crate) fn learn(&mut self, facts: impl IntoIterator<Item = Fact>) {
        for fact in facts {
            self.facts.learn(fact);
        }
    }

    /// The same state on a path that goes on.
    pub(crate) fn revived(self) -> State {
        State {
            alive: true,
            ..self
        }
    }

    /// The state where two paths meet; a path that has ended adds nothing.
    pub(crate) fn join(a: State, b: State) -> State {
        match (a.alive, b.alive) {
            (true, false) => return a,
            (false, true) => return b,
            (false, false) => return State { alive: false, ..a },
            (true, true) => {}
        }
        if Arc::ptr_eq(&a.variables, &b.variables) {
            let facts = Facts::either(a.facts, b.facts);
            return State {
                variables: a.variables,
                facts,
                alive: true,
            };
        }
        let variables = meeting(a.variables, &a.facts, &b);
        State {
            variables,
            facts: Facts::either(a.facts, b.facts),
            alive: true,
        }
    }

    /// The same state; where it knows what was known before, it shares that.
    pub(crate) fn over(mut self, before: &Facts) -> State {
        if !self.facts.is_same_list(before) && self.facts == *before {
            self.facts = before.clone();
        }
        self
    }
}

/// The variables where two paths meet: those of one, and where the other differs, what both come to.
fn meeting(mut variables: Arc<Variables>, facts: &Facts, other: &State) -> Arc<Variables> {
    let differing: Vec<(BindingRef, &Value)> = other
        .variables
        .iter()
        .filter(|(binding, theirs)| variables.get(*binding) != Some(*theirs))
        .map(|(binding, theirs)| (*binding, theirs))
        .collect();
    if differing.is_empty() {
        return variables;
    }
    let (a_only, b_only) = (facts.beyond(&other.facts), other.facts.beyond(facts));
    let own = Arc::make_mut(&mut variables);
    for (binding, theirs) in differing {
        let value = match own.get_mut(&binding) {
            Some(value) => {
                let met = meet(std::mem::take(value), &a_only, theirs.clone(), &b_only);
                bounded(met)
            }
            None => theirs.clone(),
        };
        own.insert(binding, value);
    }
    variables
}

/// Two values of one variable where paths meet. Objects are met key by key,
/// so that a key added on one path becomes one that is sometimes there.
fn meet(a: Value, a_facts: &[Fact], b: Value, b_facts: &[Fact]) -> Value {
    match (&a, &b) {
        _ if a == b => a,
        (Value::Object(left), Value::Object(right)) => {
            let mut met = crate::value::ObjectValue::clone(left);
            for (key, entry) in &mut met.entries {
                match right.entries.get(key) {
                    Some(other) => {
                        entry.always &= other.always;
                        entry.beneath |= other.beneath;
                        entry.value =
                            meet(entry.value.clone(), a_facts, other.value.clone(), b_facts);
                    }
                    None => entry.always = false,
                }
            }
            for (key, entry) in &right.entries {
                if !met.entries.contains_key(key) {
                    met.entries.insert(
                        key.clone(),
                        crate::value::Entry {
                            always: false,
                            ..entry.clone()
                        },
                    );
                }
            }
            for spread in &right.spreads {
                if !met.spreads.contains(spread) {
                    met.spreads.push(spread.clone());
                }
            }
            Value::Object(met.into())
        }
        (Value::Array(left), Value::Array(right)) => {
            let shared = left
                .elements
                .iter()
                .zip(&right.elements)
                .take_while(|(a, b)| a == b)
                .count();
            let further = left.elements[shared..]
                .iter()
                .chain(&right.elements[shared..])
                .chain(&left.rest);
            let rest = further
                .chain(&right.rest)
                .cloned()
                .reduce(|a, b| Value::join(a, &[], b, &[]));
            Value::Array(
                crate::value::ArrayValue {
                    elements: left.elements[..shared].to_vec(),
                    rest,
                }
                .into(),
            )
        }
        _ => Value::join(a, a_facts, b, b_facts),
    }
}
