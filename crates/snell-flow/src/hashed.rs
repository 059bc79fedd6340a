//! Hashes of values and facts.

use std::hash::{Hash, Hasher};

use crate::{
    fact::Fact,
    value::{Choice, Root, Value},
};

/// How far into a value its hash looks.
const HASHED: u32 = 3;
/// How many parts of each it looks at.
const HASHED_PARTS: usize = 6;

/// Values share their parts, and are hashed each time that a function is called with them: what
/// stands deep in one tells few of them apart, and is left to the comparison.
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash_to(HASHED, state);
    }
}

impl Hash for Choice {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
        self.facts.hash(state);
    }
}

impl Hash for Fact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Fact::Truthy(value) | Fact::Falsy(value) => value.hash(state),
            Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
                a.hash(state);
                b.hash(state);
            }
            Fact::OneOf(groups) => groups.hash(state),
        }
    }
}

impl Value {
    fn hash_to<H: Hasher>(&self, depth: u32, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        let all = |values: &mut dyn Iterator<Item = &Value>, state: &mut H| {
            if let Some(depth) = depth.checked_sub(1) {
                let some = values.take(HASHED_PARTS);
                some.for_each(|value| value.hash_to(depth, state));
            }
        };
        match self {
            Value::Unknown | Value::Undefined | Value::Null => {}
            Value::Literal(literal) => literal.hash(state),
            Value::Function(function) => function.hash(state),
            Value::Text(parts) => parts.len().hash(state),
            Value::Sql(parts) => parts.len().hash(state),
            Value::Object(object) => {
                object.entries.len().hash(state);
                let keys = object.entries.keys().take(HASHED_PARTS);
                keys.for_each(|key| key.hash(state));
                let values = object.entries.values().map(|entry| &entry.value);
                all(&mut values.chain(&object.spreads), state);
            }
            Value::Array(array) => {
                array.elements.len().hash(state);
                all(&mut array.elements.iter().chain(&array.rest), state);
            }
            Value::OneOf(choices) => {
                choices.len().hash(state);
                all(&mut choices.iter().map(|choice| &choice.value), state);
            }
            Value::Opaque(opaque) => {
                opaque.path.hash(state);
                match &opaque.root {
                    Root::Derived(values) => all(&mut values.iter(), state),
                    Root::Row(row) => row.call.hash(state),
                    root => root.hash(state),
                }
            }
        }
    }
}
