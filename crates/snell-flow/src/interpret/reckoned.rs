//! What functions give back that ask nobody: all that is not known of it was made of what they were
//! handed, and can say nothing of whose other rows are.

use std::sync::Arc;

use snell_extract::facts::{ExpressionId, ModuleFacts};
use snell_project::Project;

use crate::{
    event::{EventKind, Summary},
    fact::Fact,
    scope::{Origin, asks_nobody, origins},
    value::{ArrayValue, Choice, ObjectValue, Root, Value},
};

/// How far calls within calls are looked into.
const DEPTH: u32 = 4;

/// The result of a function with what is not known of it as made of what it was handed, where
/// all of that is known, and none of it is who asks.
pub(super) fn reckoned(project: &Project, summary: &Summary, handed: &[Value]) -> Value {
    let result = &summary.result;
    if !has_unknown(result) || !is_plain(project, summary, DEPTH) {
        return result.clone();
    }
    let (mut sent, mut others) = (false, false);
    for value in handed {
        origins(value, &mut |origin| match origin {
            Origin::Client(_) | Origin::Row(..) => sent = true,
            Origin::Constant | Origin::Result(_) | Origin::Program => {}
            Origin::Identity(_) | Origin::Unknown => others = true,
        });
    }
    if others || !sent {
        return result.clone();
    }
    let parts = handed.iter().filter(|value| !value.is_constant());
    let made = Value::opaque(Root::Derived(parts.cloned().collect()));
    Made(&made).of(result)
}

/// Whether a function runs no query, and calls nothing that may.
fn is_plain(project: &Project, summary: &Summary, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1).filter(|_| !summary.cut) else {
        return false;
    };
    summary.events.iter().all(|event| match &event.kind {
        EventKind::Query(_) | EventKind::Answer { .. } => false,
        EventKind::Call { summary, .. } => is_plain(project, summary, depth),
        EventKind::Unfollowed { at, .. } => asks_nobody(project, *at),
        EventKind::Check { .. } | EventKind::Return { .. } => true,
    })
}

fn is_unknown(value: &Value) -> bool {
    match value {
        Value::Unknown => true,
        Value::Opaque(opaque) => matches!(opaque.root, Root::Element(_)),
        _ => false,
    }
}

fn has_unknown(value: &Value) -> bool {
    match value {
        Value::OneOf(choices) => choices
            .iter()
            .any(|choice| has_unknown(&choice.value) || choice.facts.iter().any(is_about_unknown)),
        Value::Object(object) => {
            let mut entries = object.entries.values();
            entries.any(|entry| has_unknown(&entry.value)) || object.spreads.iter().any(has_unknown)
        }
        Value::Array(array) => array.elements.iter().chain(&array.rest).any(has_unknown),
        value => is_unknown(value),
    }
}

fn is_about_unknown(fact: &Fact) -> bool {
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => is_unknown(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
            is_unknown(a) || is_unknown(b)
        }
        Fact::OneOf(groups) => groups
            .iter()
            .any(|group| group.iter().any(is_about_unknown)),
    }
}

/// What unknown parts are made of.
struct Made<'v>(&'v Value);

impl Made<'_> {
    fn of(&self, value: &Value) -> Value {
        match value {
            Value::OneOf(choices) => {
                let choices = choices.iter().map(|choice| Choice {
                    value: self.of(&choice.value),
                    facts: self.facts(&choice.facts),
                });
                Value::OneOf(choices.collect())
            }
            Value::Object(object) => {
                let mut object = ObjectValue::clone(object);
                for entry in object.entries.values_mut() {
                    entry.value = self.of(&entry.value);
                }
                for spread in &mut object.spreads {
                    *spread = self.of(spread);
                }
                Value::Object(object.into())
            }
            Value::Array(array) => Value::Array(Arc::new(ArrayValue {
                elements: array.elements.iter().map(|value| self.of(value)).collect(),
                rest: array.rest.as_ref().map(|value| self.of(value)),
            })),
            value if is_unknown(value) => self.0.clone(),
            value => value.clone(),
        }
    }

    fn facts(&self, facts: &[Fact]) -> Arc<[Fact]> {
        facts.iter().map(|fact| self.fact(fact)).collect()
    }

    fn fact(&self, fact: &Fact) -> Fact {
        match fact {
            Fact::Truthy(value) => Fact::Truthy(self.of(value)),
            Fact::Falsy(value) => Fact::Falsy(self.of(value)),
            Fact::Equal(a, b) => Fact::Equal(self.of(a), self.of(b)),
            Fact::Differ(a, b) => Fact::Differ(self.of(a), self.of(b)),
            Fact::Member(a, b) => Fact::Member(self.of(a), self.of(b)),
            Fact::OneOf(groups) => Fact::OneOf(groups.iter().map(|one| self.facts(one)).collect()),
        }
    }
}

/// Methods of exact numbers and dates that say how one compares with another.
const COMPARES: [&str; 20] = [
    "lessThan",
    "lt",
    "lessThanOrEqualTo",
    "lte",
    "greaterThan",
    "gt",
    "greaterThanOrEqualTo",
    "gte",
    "equals",
    "eq",
    "comparedTo",
    "cmp",
    "isZero",
    "isNegative",
    "isNeg",
    "isPositive",
    "isPos",
    "isBefore",
    "isAfter",
    "isSame",
];

/// Whether an expression calls one: `balance.lessThan(0)`.
pub(super) fn compares(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let call = facts.method_call(facts.expression(id));
    call.is_some_and(|call| COMPARES.contains(&call.property.text.as_str()))
}
