//! When values and facts are equal. They share their parts: what is one in memory is not looked into.

use std::sync::Arc;

use crate::{
    fact::Fact,
    value::{Choice, Value},
};

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Literal(a), Value::Literal(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => is_same(a, b),
            // What is shared is compared by its place first, as all that is no list is.
            (Value::Object(a), Value::Object(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            (Value::Sql(a), Value::Sql(b)) => is_same(a, b),
            (Value::Function(a), Value::Function(b)) => a == b,
            (Value::Opaque(a), Value::Opaque(b)) => a == b,
            (Value::OneOf(a), Value::OneOf(b)) => is_same(a, b),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }
}

impl Eq for Value {}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && is_same(&self.facts, &other.facts)
    }
}

impl Eq for Choice {}

impl PartialEq for Fact {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Fact::Truthy(a), Fact::Truthy(b)) | (Fact::Falsy(a), Fact::Falsy(b)) => a == b,
            (Fact::Equal(a, c), Fact::Equal(b, d))
            | (Fact::Differ(a, c), Fact::Differ(b, d))
            | (Fact::Member(a, c), Fact::Member(b, d)) => a == b && c == d,
            (Fact::OneOf(a), Fact::OneOf(b)) => {
                let mut groups = a.iter().zip(b.iter());
                Arc::ptr_eq(a, b) || a.len() == b.len() && groups.all(|(a, b)| is_same(a, b))
            }
            _ => false,
        }
    }
}

impl Eq for Fact {}

/// Whether two lists are equal, and surely so when they are one.
fn is_same<T: PartialEq>(a: &Arc<[T]>, b: &Arc<[T]>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}
