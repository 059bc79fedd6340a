//! Object and array literals, and what is spread into them.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;
use snell_extract::facts::{Element, ExpressionId, Property, PropertyKey};
use snell_project::module::In;

use super::{Frame, State};
use crate::fact::Fact;
use crate::value::{ArrayValue, Choice, Entry, ObjectValue, Opaque, Root, Step, Value};

impl Frame<'_, '_> {
    pub(super) fn object(&mut self, properties: &[Property], state: &mut State) -> Value {
        // Most objects stay as they are written: no room to grow.
        let mut object = ObjectValue {
            entries: IndexMap::with_capacity_and_hasher(properties.len(), FxBuildHasher),
            spreads: Vec::new(),
        };
        for property in properties {
            match property {
                Property::Value { key, value, .. } => {
                    let value_id = *value;
                    let value = self.expression(value_id, state);
                    match self.key(key, state) {
                        Some((name, span)) => {
                            let at = Some(self.at(value_id));
                            let entry = Entry {
                                value,
                                always: true,
                                beneath: false,
                                key: span,
                                at,
                                module: self.module,
                            };
                            object.entries.insert(name, entry);
                        }
                        None => {
                            self.perhaps(&mut object, key, &value, value_id, state);
                            object.spreads.push(Value::Unknown);
                        }
                    }
                }
                Property::Method { key, function, .. } => {
                    if let Some((name, span)) = self.key(key, state) {
                        let value = Value::Function(In {
                            module: self.module,
                            id: *function,
                        });
                        object.entries.insert(
                            name,
                            Entry {
                                value,
                                always: true,
                                beneath: false,
                                key: span,
                                at: None,
                                module: self.module,
                            },
                        );
                    }
                }
                Property::Spread { value, .. } => {
                    let spread = self.expression(*value, state);
                    merge(&mut object, &spread, true);
                }
            }
        }
        Value::Object(Arc::new(object))
    }

    /// `[a ? 'b' : 'c']: value`: each of the keys may be it.
    fn perhaps(
        &mut self,
        object: &mut ObjectValue,
        key: &PropertyKey,
        value: &Value,
        value_id: ExpressionId,
        state: &mut State,
    ) {
        let PropertyKey::Computed(id) = key else {
            return;
        };
        let Value::OneOf(choices) = self.expression(*id, state) else {
            return;
        };
        let names: Option<Vec<SmolStr>> = choices
            .iter()
            .map(|choice| choice.value.constant_text())
            .collect();
        for name in names.into_iter().flatten() {
            // What is there already stays, as it may.
            if !object.entries.contains_key(&name) {
                let entry = Entry {
                    value: value.clone(),
                    always: false,
                    beneath: false,
                    key: self.facts().span(*id),
                    at: Some(self.at(value_id)),
                    module: self.module,
                };
                object.entries.insert(name, entry);
            }
        }
    }

    fn key(
        &mut self,
        key: &PropertyKey,
        state: &mut State,
    ) -> Option<(smol_str::SmolStr, snell_source::Span)> {
        match key {
            PropertyKey::Static(name) => Some((name.text.clone(), name.span)),
            PropertyKey::Computed(id) => {
                let value = self.expression(*id, state);
                Some((value.constant_text()?, self.facts().span(*id)))
            }
        }
    }

    pub(super) fn array(&mut self, elements: &[Element], state: &mut State) -> Value {
        let mut array = ArrayValue::default();
        for element in elements {
            match element {
                Element::Value(value) => {
                    let value = self.expression(*value, state);
                    super::builtin::push(&mut array, value);
                }
                Element::Spread(value) => {
                    let spread = self.expression(*value, state);
                    super::builtin::extend(&mut array, &spread);
                }
                Element::Hole => array.elements.push(Value::Undefined),
            }
        }
        Value::Array(Arc::new(array))
    }
}

/// `{ ...spread }` into an object; `surely` when it happens on every path.
pub(super) fn merge(object: &mut ObjectValue, spread: &Value, surely: bool) {
    match spread {
        Value::Object(other) => {
            for entry in object.entries.values_mut() {
                entry.beneath |= !other.spreads.is_empty();
            }
            for (key, entry) in &other.entries {
                let always = entry.always && surely;
                match object.entries.get_mut(key) {
                    Some(known) if !always => {
                        known.value =
                            Value::join(known.value.clone(), &[], entry.value.clone(), &[]);
                    }
                    _ => {
                        object.entries.insert(
                            key.clone(),
                            Entry {
                                always,
                                ..entry.clone()
                            },
                        );
                    }
                }
            }
            object.spreads.extend(other.spreads.iter().cloned());
        }
        // `...(condition && { key })`, `...(condition ? { a } : {})`
        Value::OneOf(choices) => {
            let objects: Vec<&Choice> = choices
                .iter()
                .filter(|choice| {
                    choice.value.truth() != Some(false)
                        && !choice.facts.contains(&Fact::Falsy(choice.value.clone()))
                })
                .collect();
            let all = objects.len() == choices.len();
            let mut merged: Option<ObjectValue> = None;
            for choice in &objects {
                let mut one = object.clone();
                merge(&mut one, &choice.value, surely);
                merged = Some(match merged {
                    None => one,
                    Some(before) => either_object(before, &one),
                });
            }
            if let Some(merged) = merged {
                *object = if all {
                    merged
                } else {
                    either_object(merged, object)
                };
            }
        }
        Value::Undefined | Value::Null | Value::Literal(_) => {}
        unknown => {
            for entry in object.entries.values_mut() {
                entry.beneath = true;
            }
            object.spreads.push(unknown.clone());
        }
    }
}

/// The object that is one of two.
fn either_object(mut a: ObjectValue, b: &ObjectValue) -> ObjectValue {
    for (key, entry) in &mut a.entries {
        match b.entries.get(key) {
            Some(other) => {
                entry.always &= other.always;
                entry.beneath |= other.beneath;
                entry.value = Value::join(entry.value.clone(), &[], other.value.clone(), &[]);
            }
            None => entry.always = false,
        }
    }
    for (key, entry) in &b.entries {
        if !a.entries.contains_key(key) {
            a.entries.insert(
                key.clone(),
                Entry {
                    always: false,
                    ..entry.clone()
                },
            );
        }
    }
    for spread in &b.spreads {
        if !a.spreads.contains(spread) {
            a.spreads.push(spread.clone());
        }
    }
    a
}

/// Where the keys of an object are made that are not written one by one.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) module: snell_project::module::ModuleId,
    pub(super) key: snell_source::Span,
}

/// `Object.fromEntries(pairs)`; `whole` when all of the pairs that are known are there.
pub(super) fn of_pairs(pairs: &Value, whole: bool, at: At) -> Value {
    let Value::Array(pairs) = pairs else {
        // `Object.fromEntries(new URLSearchParams(text))`
        return pairs.clone();
    };
    let mut object = ObjectValue::default();
    for pair in &pairs.elements {
        put_pair(&mut object, pair, whole, at);
    }
    for pair in pairs.rest.iter().flat_map(Value::choices) {
        put_pair(&mut object, pair, false, at);
    }
    Value::Object(Arc::new(object))
}

/// One `[key, value]`; a key that is not known may be any.
fn put_pair(object: &mut ObjectValue, pair: &Value, always: bool, at: At) {
    let Value::Array(pair) = pair else {
        object.spreads.push(Value::Unknown);
        return;
    };
    let key = pair.elements.first().unwrap_or(&Value::Unknown);
    let value = pair.elements.get(1).unwrap_or(&Value::Unknown);
    let names: Option<Vec<smol_str::SmolStr>> = key
        .choices()
        .into_iter()
        .map(Value::constant_text)
        .collect();
    let Some(names) = names else {
        object.spreads.push(match key == value {
            true => of_halves(value),
            false => Value::Unknown,
        });
        return;
    };
    let one = names.len() == 1;
    for name in names {
        let found = Entry {
            // Which of the values belongs to which of the keys is not known.
            value: if one { value.clone() } else { Value::Unknown },
            always: always && one,
            beneath: false,
            key: at.key,
            at: None,
            module: at.module,
        };
        match object.entries.get_mut(&name) {
            Some(known) if !found.always => {
                known.value = Value::join(known.value.clone(), &[], found.value, &[]);
            }
            _ => {
                object.entries.insert(name, found);
            }
        }
    }
}

/// The object whose entries a pair of two equal halves stands for.
fn of_halves(half: &Value) -> Value {
    match half {
        Value::Opaque(opaque) if opaque.path.last() == Some(&Step::Converted) => {
            let mut object = Opaque::clone(opaque);
            object.path.pop();
            Value::Opaque(Arc::new(object))
        }
        Value::Opaque(_) => half.clone(),
        _ => Value::Unknown,
    }
}

/// The values of `new Map(entries)`: keys are forgotten.
pub(super) fn entries(pairs: Option<Value>) -> Value {
    match pairs {
        None => Value::Array(Arc::default()),
        Some(Value::Array(pairs)) => {
            let value = |pair: &Value| super::assign::nth(pair, 1);
            Value::Array(Arc::new(ArrayValue {
                elements: pairs.elements.iter().map(value).collect(),
                rest: pairs.rest.as_ref().map(value),
            }))
        }
        Some(other) => Value::derived(vec![other]),
    }
}

/// What a map gives for a key. It is known by its values: where they are rows and there is one, the key is of them.
pub(super) fn got(element: Value, key: Value, values: Value) -> Value {
    let of_them = is_row(&element).then(|| Fact::Member(key, values));
    Value::join(element, of_them.as_slice(), Value::Undefined, &[])
}

/// Whether a value is a row as a whole, or an object with parts of one: not a number or a text from it.
fn is_row(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Opaque(opaque) => {
            matches!(opaque.root, Root::Row(_))
                && matches!(opaque.path.last(), None | Some(Step::Each(_) | Step::At(_)))
        }
        Value::OneOf(choices) => choices.iter().all(|choice| is_row(&choice.value)),
        _ => false,
    }
}
