//! Functions that JavaScript has everywhere: `Promise.all`, `Object.assign`, `Number`.

use std::sync::Arc;

use snell_extract::facts::{Argument, Expression, ExpressionId};
use snell_source::Span;

use super::{Frame, State, statement::element_of};
use crate::{
    event::{Loop, LoopKind},
    value::{ArrayValue, Entry, Literal, LoopId, ObjectValue, Root, Value},
};

impl Frame<'_, '_> {
    /// `Promise.all(x)`, `Object.assign(a, b)`, `Array.from(x)`, `JSON.stringify(x)`, ...
    pub(super) fn global_method(
        &mut self,
        object: ExpressionId,
        name: &str,
        arguments: &[Argument],
        state: &mut State,
    ) -> Option<Value> {
        let facts = self.facts();
        let Expression::Identifier {
            name: global,
            binding: None,
        } = facts.expression(object)
        else {
            return None;
        };
        let value = match (global.as_str(), name) {
            ("Promise", "allSettled") => {
                let list = self.values_of(arguments, state).into_iter().next();
                let key = arguments
                    .first()
                    .map_or_else(Span::default, |first| facts.span(first.value));
                self.settled(list.unwrap_or(Value::Unknown), key)
            }
            ("Promise", "all" | "resolve" | "race" | "any")
            | ("Array", "from")
            | ("Object", "freeze" | "seal") => {
                let values = self.values_of(arguments, state);
                if global == "Array"
                    && let Some(Value::Function(callback)) = values.get(1)
                {
                    let id = LoopId {
                        module: self.module,
                        start: facts.span(arguments[1].value).start,
                    };
                    let element = element_of(&values[0], id);
                    let around = Loop {
                        id,
                        kind: LoopKind::Callback,
                        iterable: values[0].clone(),
                        at: self.place(facts.span(arguments[0].value)),
                    };
                    let callback = *callback;
                    let ran = self.within(around, |frame| {
                        frame.callback(callback, &[element, Value::Unknown], state)
                    });
                    let result = ran.result;
                    return Some(Value::Array(Arc::new(ArrayValue {
                        elements: Vec::new(),
                        rest: Some(result),
                    })));
                }
                values.into_iter().next().unwrap_or(Value::Unknown)
            }
            ("Object", "fromEntries") => self.from_entries(arguments, state),
            ("Object", "assign") => self.object_assign(arguments, state),
            ("Object", "values" | "keys" | "entries") => {
                let value = self
                    .values_of(arguments, state)
                    .into_iter()
                    .next()
                    .unwrap_or(Value::Unknown);
                object_list(&value, name)
            }
            // What is held to a constant is no longer anybody's to choose.
            ("Math", "min") => {
                let values = self.values_of(arguments, state);
                match values.iter().any(Value::is_constant) {
                    true => Value::Unknown,
                    false => Value::derived(values),
                }
            }
            ("JSON" | "Number" | "String" | "Math" | "Buffer" | "BigInt" | "Date", _) => {
                Value::derived(self.values_of(arguments, state))
            }
            ("Array", "isArray") => {
                let values = self.values_of(arguments, state);
                super::operators::decided(values.first().unwrap_or(&Value::Undefined), &is_list)
            }
            _ => return None,
        };
        Some(value)
    }

    /// What `Promise.allSettled` gives for the promises of a list that is written down.
    fn settled(&self, list: Value, key: Span) -> Value {
        let Value::Array(array) = &list else {
            return list;
        };
        let one = |value: &Value| {
            let entry = |value: Value| Entry {
                value,
                always: true,
                beneath: false,
                key,
                at: None,
                module: self.module,
            };
            let mut settled = ObjectValue::default();
            for (name, value) in [
                ("status", Value::Unknown),
                ("value", value.clone()),
                ("reason", Value::opaque(Root::Caught)),
            ] {
                settled.entries.insert(name.into(), entry(value));
            }
            Value::Object(settled.into())
        };
        Value::Array(Arc::new(ArrayValue {
            elements: array.elements.iter().map(one).collect(),
            rest: array.rest.as_ref().map(one),
        }))
    }

    /// `Object.fromEntries(Object.entries(o).filter(...))`: an object with keys of `o`.
    fn from_entries(&mut self, arguments: &[Argument], state: &mut State) -> Value {
        let Some(first) = arguments.first() else {
            return Value::Unknown;
        };
        let pairs = self
            .values_of(arguments, state)
            .into_iter()
            .next()
            .unwrap_or(Value::Unknown);
        let facts = self.facts();
        // A `filter` on the way may have left out any of them.
        let whole = match facts.expression(facts.unwrap_casts(first.value)) {
            Expression::Array(_) => true,
            Expression::Call { callee, .. } => matches!(facts.expression(*callee),
                Expression::Member { object, property, .. } if property.text == "entries"
                    && matches!(facts.expression(*object),
                        Expression::Identifier { name, binding: None } if name == "Object")),
            _ => false,
        };
        let at = super::objects::At {
            module: self.module,
            key: facts.span(first.value),
        };
        super::objects::of_pairs(&pairs, whole, at)
    }

    fn object_assign(&mut self, arguments: &[Argument], state: &mut State) -> Value {
        let values = self.values_of(arguments, state);
        let mut merged = crate::value::ObjectValue::default();
        for value in &values {
            super::objects::merge(&mut merged, value, true);
        }
        let merged = Value::Object(Arc::new(merged));
        if let Some(first) = arguments.first() {
            let target = merged.clone();
            self.change(first.value, state, |value| *value = target);
        }
        merged
    }

    /// `Number(x)`, `String(x)`, `parseInt(x)`, `structuredClone(x)`
    pub(super) fn builtin_function(
        &mut self,
        callee: ExpressionId,
        arguments: &[Argument],
        state: &mut State,
    ) -> Option<Value> {
        let facts = self.facts();
        let Expression::Identifier {
            name,
            binding: None,
        } = facts.expression(callee)
        else {
            return None;
        };
        match name.as_str() {
            "Number" | "String" | "BigInt" | "parseInt" | "parseFloat" | "decodeURIComponent"
            | "encodeURIComponent" => {
                let values = self.values_of(arguments, state);
                match values.first() {
                    Some(Value::Literal(literal)) => Some(converted(name, literal)),
                    _ => Some(Value::derived(values.into_iter().take(1).collect())),
                }
            }
            "Boolean" => {
                let value = self.values_of(arguments, state).into_iter().next()?;
                let yes = crate::fact::when(&value, true);
                let no = crate::fact::when(&value, false);
                Some(super::operators::test(
                    yes.unwrap_or_default(),
                    no.unwrap_or_default(),
                ))
            }
            "structuredClone" => self.values_of(arguments, state).into_iter().next(),
            _ => None,
        }
    }
}

/// A constant that one of these functions is given. One that it changes is not known any more.
fn converted(function: &str, literal: &Literal) -> Value {
    let literal = match (function, literal) {
        ("Number" | "parseInt" | "parseFloat", Literal::String(text)) => {
            // Whole numbers alone are written as they are read.
            text.parse::<u32>()
                .ok()
                .map(|_| Literal::Number(text.as_str().into()))
        }
        ("String", Literal::Number(text)) => Some(Literal::String(text.as_ref().into())),
        ("Number" | "parseInt" | "parseFloat", Literal::Number(_))
        | ("String" | "decodeURIComponent" | "encodeURIComponent", Literal::String(_))
        | ("BigInt", Literal::BigInt(_)) => Some(literal.clone()),
        _ => None,
    };
    literal.map_or(Value::Unknown, Value::Literal)
}

/// `Object.values(object)`
fn object_list(value: &Value, which: &str) -> Value {
    match value {
        Value::Object(object) if object.spreads.is_empty() => {
            let element = |(key, entry): (&smol_str::SmolStr, &crate::value::Entry)| match which {
                "values" => entry.value.clone(),
                "keys" => Value::string(key.clone()),
                _ => Value::Array(Arc::new(ArrayValue {
                    elements: vec![Value::string(key.clone()), entry.value.clone()],
                    rest: None,
                })),
            };
            // What is there on some paths only may be missing from the list.
            let (always, sometimes): (Vec<_>, Vec<_>) =
                object.entries.iter().partition(|(_, entry)| entry.always);
            Value::Array(Arc::new(ArrayValue {
                elements: always.into_iter().map(element).collect(),
                rest: sometimes
                    .into_iter()
                    .map(element)
                    .reduce(|a, b| Value::join(a, &[], b, &[])),
            }))
        }
        other if which == "entries" => {
            let half = Value::derived(vec![other.clone()]);
            let pair = Value::Array(Arc::new(ArrayValue {
                elements: vec![half.clone(), half],
                rest: None,
            }));
            Value::Array(Arc::new(ArrayValue {
                elements: Vec::new(),
                rest: Some(pair),
            }))
        }
        other => Value::derived(vec![other.clone()]),
    }
}

/// What `Array.isArray` says of a value, where it is known: sets and maps are told as lists, too.
fn is_list(value: &Value) -> Option<bool> {
    match value {
        Value::Undefined
        | Value::Null
        | Value::Literal(_)
        | Value::Text(_)
        | Value::Object(_)
        | Value::Function(_) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::converted;
    use crate::value::{Literal, Value};

    #[test]
    fn constants_change_their_kind() {
        let text = |text: &str| Literal::String(text.into());
        let number = |text: &str| Literal::Number(text.into());
        assert_eq!(
            converted("Number", &text("425")),
            Value::Literal(number("425"))
        );
        assert_eq!(converted("String", &number("7")), Value::Literal(text("7")));
        assert_eq!(converted("parseInt", &text("12 px")), Value::Unknown);
        assert_eq!(converted("BigInt", &text("9")), Value::Unknown);
    }
}
