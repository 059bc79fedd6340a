//! Bindings, destructuring, assignment to variables and into objects.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::{
    AssignOperator, BinaryOperator, Expression, ExpressionId, Pattern, PropertyKey,
};
use snell_project::module::In;

use super::{Frame, State};
use crate::value::{ArrayValue, Choice, Entry, ObjectValue, Root, Step, Value};

impl Frame<'_, '_> {
    /// Gives a value to what a pattern names.
    pub(super) fn bind(&mut self, pattern: &Pattern, value: Value, state: &mut State) {
        match pattern {
            Pattern::Binding(id) => state.set(
                In {
                    module: self.module,
                    id: *id,
                },
                value,
            ),
            Pattern::Default {
                target,
                value: default,
            } => {
                let value = match value {
                    Value::Undefined => self.expression(*default, state),
                    value if value.may_be_undefined() => {
                        let default = self.expression(*default, state);
                        Value::join(without_undefined(&value), &[], default, &[])
                    }
                    value => value,
                };
                self.bind(target, value, state);
            }
            Pattern::Object { properties, rest } => {
                let mut taken = Vec::new();
                for property in properties {
                    let part = match &property.key {
                        PropertyKey::Static(name) => {
                            taken.push(name.text.clone());
                            property_of(&value, &name.text)
                        }
                        PropertyKey::Computed(key) => {
                            self.expression(*key, state);
                            Value::Unknown
                        }
                    };
                    self.bind(&property.value, part, state);
                }
                if let Some(rest) = rest {
                    let left = remainder(&value, &taken);
                    self.bind(rest, left, state);
                }
            }
            Pattern::Array { elements, rest } => {
                for (n, element) in elements.iter().enumerate() {
                    if let Some(element) = element {
                        self.bind(element, nth(&value, n), state);
                    }
                }
                if let Some(rest) = rest {
                    let left = match &value {
                        Value::Array(array) => Value::Array(Arc::new(ArrayValue {
                            elements: array
                                .elements
                                .get(elements.len()..)
                                .unwrap_or_default()
                                .to_vec(),
                            rest: array.rest.clone(),
                        })),
                        other => other.clone(),
                    };
                    self.bind(rest, left, state);
                }
            }
            Pattern::Expression(target) => self.store(*target, value, state),
            Pattern::Unknown => {}
        }
    }

    pub(super) fn assign(
        &mut self,
        operator: AssignOperator,
        target: &Pattern,
        value: ExpressionId,
        state: &mut State,
    ) -> Value {
        let given = self.expression(value, state);
        let stored = match (operator, target) {
            (AssignOperator::Assign, _) => given,
            (AssignOperator::Compound(BinaryOperator::Add), Pattern::Expression(place)) => {
                let before = self.expression(*place, state);
                super::text::concatenated(before, self.at(*place), given, self.at(value))
            }
            (AssignOperator::Compound(_), Pattern::Expression(place)) => {
                let before = self.expression(*place, state);
                Value::derived(vec![before, given])
            }
            (AssignOperator::Logical(_), Pattern::Expression(place)) => {
                let before = self.expression(*place, state);
                Value::join(before, &[], given, &[])
            }
            _ => Value::Unknown,
        };
        self.bind(target, stored.clone(), state);
        stored
    }

    /// `name = value`, `name.key = value`, `name[key] = value`, `name.a.b = value`
    fn store(&mut self, target: ExpressionId, value: Value, state: &mut State) {
        let facts = self.facts();
        match facts.expression(target) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                state.set(
                    In {
                        module: self.module,
                        id: *binding,
                    },
                    value,
                );
            }
            Expression::Member {
                object, property, ..
            } => {
                let entry = Entry {
                    value,
                    always: true,
                    beneath: false,
                    key: property.span,
                    at: Some(self.at(target)),
                    module: self.module,
                };
                self.change(*object, state, |inside| put(inside, &property.text, entry));
            }
            Expression::Index { object, index, .. } => {
                let key = self.expression(*index, state);
                let span = facts.span(*index);
                let at = self.at(target);
                let module = self.module;
                self.change(*object, state, |inside| match (inside, key.as_string()) {
                    (inside, Some(key)) => {
                        let entry = Entry {
                            value,
                            always: true,
                            beneath: false,
                            key: span,
                            at: Some(at),
                            module,
                        };
                        put(inside, key, entry);
                    }
                    (Value::Object(object), None) => {
                        let held = Value::opaque(Root::Derived(Arc::from([value])));
                        Arc::make_mut(object).spreads.push(held);
                    }
                    _ => {}
                });
            }
            _ => {}
        }
    }

    /// Changes the value that an expression names, in the variable that holds it.
    pub(super) fn change(
        &mut self,
        place: ExpressionId,
        state: &mut State,
        change: impl FnOnce(&mut Value),
    ) {
        let facts = self.facts();
        let mut path: Vec<&SmolStr> = Vec::new();
        let mut at = facts.unwrap_casts(place);
        loop {
            match facts.expression(at) {
                Expression::Member {
                    object, property, ..
                } => {
                    path.push(&property.text);
                    at = facts.unwrap_casts(*object);
                }
                Expression::Identifier {
                    binding: Some(binding),
                    ..
                } => {
                    let binding = In {
                        module: self.module,
                        id: *binding,
                    };
                    let Some(mut value) = state.get(binding).cloned() else {
                        return;
                    };
                    let changes =
                        matches!(value, Value::Object(_) | Value::Array(_) | Value::OneOf(_));
                    if !changes && !is_data(&value) {
                        return;
                    }
                    path.reverse();
                    let way = Way {
                        names: &path,
                        at: self.facts().span(place),
                        module: self.module,
                    };
                    descend(&mut value, way, change);
                    state.set(binding, value);
                    return;
                }
                _ => return,
            }
        }
    }

    /// `delete place`: the key is gone. Which key an index means may not be
    /// known: then any may be gone.
    pub(super) fn delete(&mut self, place: ExpressionId, state: &mut State) {
        let facts = self.facts();
        let (object, key) = match facts.expression(facts.unwrap_casts(place)) {
            Expression::Member {
                object, property, ..
            } => (*object, Value::string(property.text.clone())),
            Expression::Index { object, index, .. } => (*object, self.expression(*index, state)),
            _ => return,
        };
        // Each key of a list, one in each round of a loop.
        let keys: Option<Vec<SmolStr>> = key
            .choices()
            .into_iter()
            .map(|key| key.as_string().cloned())
            .collect();
        match keys {
            Some(keys) => match facts.expression(facts.unwrap_casts(object)) {
                Expression::Identifier {
                    binding: Some(binding),
                    ..
                } => {
                    let binding = In {
                        module: self.module,
                        id: *binding,
                    };
                    if let Some(mut value) = state.get(binding).cloned() {
                        take_away(&mut value, &keys);
                        state.set(binding, value);
                    }
                }
                _ => self.change(object, state, |inside| take_away(inside, &keys)),
            },
            None => self.change(object, state, |inside| {
                if let Value::Object(object) = inside {
                    let entries = &mut Arc::make_mut(object).entries;
                    entries.values_mut().for_each(|entry| entry.always = false);
                }
            }),
        }
    }
}

/// What is left of a value when keys are taken away from it.
pub(super) fn take_away(value: &mut Value, keys: &[SmolStr]) {
    match value {
        Value::Object(object) => {
            let object = Arc::make_mut(object);
            for key in keys {
                object.entries.shift_remove(key);
            }
            for spread in &mut object.spreads {
                take_away(spread, keys);
            }
        }
        Value::Opaque(opaque) => {
            Arc::make_mut(opaque).path.push(Step::Without(keys.into()));
        }
        Value::OneOf(choices) => {
            let choices = choices.iter().map(|choice| {
                let mut choice = choice.clone();
                take_away(&mut choice.value, keys);
                choice
            });
            *value = Value::OneOf(choices.collect());
        }
        _ => {}
    }
}

/// The way to a place inside of a variable, and where it is written.
struct Way<'n> {
    names: &'n [&'n SmolStr],
    at: snell_source::Span,
    module: snell_project::module::ModuleId,
}

/// Changes what lies at a path inside an object.
fn descend(value: &mut Value, way: Way<'_>, change: impl FnOnce(&mut Value)) {
    let Some((first, rest)) = way.names.split_first() else {
        return change(value);
    };
    let rest = Way { names: rest, ..way };
    if let Value::Object(object) = value
        && let Some(entry) = Arc::make_mut(object).entries.get_mut(*first)
    {
        return descend(&mut entry.value, rest, change);
    }
    if !is_data(value) && !matches!(value, Value::Object(object) if !object.spreads.is_empty()) {
        return;
    }
    let (at, module) = (way.at, way.module);
    let before = property_of(value, first);
    let mut inner = before.clone();
    descend(&mut inner, rest, change);
    if inner != before {
        let entry = Entry {
            value: inner,
            always: true,
            beneath: false,
            key: at,
            at: None,
            module,
        };
        put(value, first, entry);
    }
}

/// Data that came from somewhere, of which a property can be changed.
fn is_data(value: &Value) -> bool {
    matches!(value, Value::Opaque(opaque) if matches!(
        opaque.root,
        Root::ClientInput(..)
            | Root::Parsed(_)
            | Root::Row(_)
            | Root::Identity
            | Root::Parameter(..)
            | Root::Element(_)
    ))
}

/// `value.name = ...`: what came from somewhere keeps its other properties.
pub(super) fn put(value: &mut Value, name: &SmolStr, entry: Entry) {
    match value {
        Value::Object(object) => {
            Arc::make_mut(object).entries.insert(name.clone(), entry);
        }
        Value::Opaque(_) if is_data(value) => {
            let mut object = ObjectValue {
                spreads: vec![std::mem::take(value)],
                ..ObjectValue::default()
            };
            object.entries.insert(name.clone(), entry);
            *value = Value::Object(object.into());
        }
        Value::OneOf(choices) => {
            let choices = choices.iter().map(|choice| {
                let mut choice = choice.clone();
                put(&mut choice.value, name, entry.clone());
                choice
            });
            *value = Value::OneOf(choices.collect());
        }
        _ => {}
    }
}

/// `value.name`
pub(crate) fn property_of(value: &Value, name: &str) -> Value {
    match value {
        Value::Object(object) => match object.entries.get(name) {
            Some(entry) if entry.always && object.spreads.is_empty() => entry.value.clone(),
            Some(entry) if entry.always => entry.value.clone(),
            Some(entry) => {
                let otherwise = from_spreads(object, name).unwrap_or(Value::Undefined);
                Value::join(entry.value.clone(), &[], otherwise, &[])
            }
            None => from_spreads(object, name).unwrap_or(Value::Undefined),
        },
        Value::Opaque(opaque) => opaque.further(Step::Property(name.into())),
        Value::OneOf(choices) => choices
            .iter()
            // Reading a member of nothing throws: it is not that one.
            .filter(|choice| !matches!(choice.value, Value::Undefined | Value::Null))
            .map(|choice| (property_of(&choice.value, name), choice.facts.to_vec()))
            .reduce(|(a, a_facts), (b, b_facts)| {
                (Value::join(a, &a_facts, b, &b_facts), Vec::new())
            })
            .map_or(Value::Unknown, |(value, _)| value),
        Value::Array(array) if name == "length" && array.rest.is_none() => Value::Literal(
            crate::value::Literal::Number(array.elements.len().to_string().into()),
        ),
        // A number that the elements decide: of each, no more than that it is there.
        Value::Array(array) if name == "length" => {
            let counted = array
                .elements
                .iter()
                .chain(&array.rest)
                .map(|one| match one {
                    Value::Opaque(_) => property_of(one, name),
                    one => one.clone(),
                });
            Value::derived(counted.collect())
        }
        _ => Value::Unknown,
    }
}

fn from_spreads(object: &ObjectValue, name: &str) -> Option<Value> {
    object
        .spreads
        .last()
        .map(|spread| property_of(spread, name))
}

/// `value[n]`
pub(crate) fn nth(value: &Value, n: usize) -> Value {
    match value {
        Value::Array(array) => match array.elements.get(n) {
            Some(element) => element.clone(),
            // There may be none.
            None => match &array.rest {
                Some(rest) if rest.truth().is_some() => {
                    Value::join(rest.clone(), &[], Value::Undefined, &[])
                }
                Some(rest) => rest.clone(),
                None => Value::Undefined,
            },
        },
        Value::Opaque(opaque) => opaque.further(Step::Each(None)),
        _ => Value::Unknown,
    }
}

/// `{ taken, ...rest } = value`
fn remainder(value: &Value, taken: &[SmolStr]) -> Value {
    match value {
        Value::Object(object) => {
            let mut left = ObjectValue::clone(object);
            left.entries.retain(|key, _| !taken.contains(key));
            // What was written over a key of what is spread goes with it: the key beneath does not come back.
            for spread in &mut left.spreads {
                *spread = remainder(spread, taken);
            }
            Value::Object(Arc::new(left))
        }
        Value::Opaque(opaque) if !taken.is_empty() => opaque.further(Step::Without(taken.into())),
        Value::OneOf(choices) => {
            let left = choices.iter().map(|choice| Choice {
                value: remainder(&choice.value, taken),
                facts: Arc::clone(&choice.facts),
            });
            Value::OneOf(left.collect())
        }
        other => other.clone(),
    }
}

fn without_undefined(value: &Value) -> Value {
    match value {
        Value::OneOf(choices) => {
            let kept: Vec<_> = choices
                .iter()
                .filter(|choice| choice.value != Value::Undefined)
                .cloned()
                .collect();
            match kept.as_slice() {
                [one] => one.value.clone(),
                _ => Value::OneOf(kept.into()),
            }
        }
        other => other.clone(),
    }
}
