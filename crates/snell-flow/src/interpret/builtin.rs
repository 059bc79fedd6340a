//! Methods and functions of JavaScript itself, as far as they carry values
//! on: lists, strings, objects, promises.

use std::sync::Arc;

use snell_extract::facts::{Argument, Expression, ExpressionId, FunctionBody};
use snell_project::module::FunctionRef;

use super::{
    Frame, State, elements,
    statement::{self, element_of, is_of_constants},
    text::text,
};
use crate::{
    event::{Loop, LoopKind},
    fact::Fact,
    value::{ArrayValue, Literal, LoopId, Root, TextPart, Value},
};

/// Methods that run a callback for each element.
const ITERATIONS: [&str; 13] = [
    "map",
    "forEach",
    "filter",
    "find",
    "findLast",
    "some",
    "every",
    "flatMap",
    "reduce",
    "reduceRight",
    "findIndex",
    "sort",
    "toSorted",
];

/// Methods that give back the value in another form.
const CONVERSIONS: [&str; 17] = [
    "split",
    "toString",
    "trim",
    "toLowerCase",
    "toUpperCase",
    "valueOf",
    "toFixed",
    "toISOString",
    "normalize",
    "padStart",
    "padEnd",
    "replace",
    "replaceAll",
    "substring",
    "slice",
    "trimEnd",
    "trimStart",
];

impl Frame<'_, '_> {
    /// A method whose meaning the name tells; `None` when it does not.
    #[allow(clippy::too_many_lines, reason = "one arm for each method")]
    pub(super) fn builtin_method(
        &mut self,
        id: ExpressionId,
        object: ExpressionId,
        name: &str,
        arguments: &[Argument],
        state: &mut State,
    ) -> Option<Value> {
        if let Some(value) = self.global_method(object, name, arguments, state) {
            return Some(value);
        }
        if ITERATIONS.contains(&name) && self.hands_callback(arguments) {
            return Some(self.iteration(object, name, arguments, state));
        }
        if matches!(name, "set" | "add") && self.is_of_package(object) {
            return None;
        }
        match name {
            // `this.save.bind(this)`: the method itself.
            "bind" => match self.expression(object, state) {
                method @ Value::Function(_) => {
                    self.values_of(arguments, state);
                    Some(method)
                }
                _ => None,
            },
            // A map is the list of its values.
            "set" if arguments.len() == 2 => {
                let value = self.values_of(arguments, state).pop()?;
                self.change(object, state, |list| {
                    if let Value::Array(array) = list {
                        push(Arc::make_mut(array), value);
                    }
                });
                Some(Value::Unknown)
            }
            "get" if arguments.len() == 1 => {
                let Value::Array(kept) = self.known(object, state)? else {
                    return None;
                };
                // What a service keeps is filled by other requests.
                if kept.elements.is_empty() && kept.rest.is_none() && self.is_of_this(object) {
                    return None;
                }
                let key = self.values_of(arguments, state).pop()?;
                let list = self.known(object, state)?;
                let id = LoopId {
                    module: self.module,
                    start: self.facts().span(id).start,
                };
                Some(super::objects::got(element_of(&list, id), key, list))
            }
            "push" | "unshift" | "add" => {
                let values = self.values_of(arguments, state);
                self.change(object, state, |list| {
                    if let Value::Array(array) = list {
                        let array = Arc::make_mut(array);
                        values.into_iter().for_each(|value| push(array, value));
                    }
                });
                Some(Value::Unknown)
            }
            // A promise's way on: the value is what the callback makes of it.
            "then" => Some(self.then(id, object, arguments, state)),
            "catch" | "finally" => {
                let before = state.facts.clone();
                let value = self.expression(object, state);
                if name == "catch" || !self.is_used(id) {
                    // What was thrown on the way is caught here, or nobody waits for it.
                    state.facts = before;
                }
                for callback in self.values_of(arguments, state) {
                    if let Value::Function(callback) = callback {
                        let caught = self.callback_of_others(callback, state);
                        if name == "catch" && !caught.diverges {
                            return Some(Value::join(value, &[], caught.result, &[]));
                        }
                    }
                }
                Some(value)
            }
            "includes" | "has" => {
                let list = self.known(object, state)?;
                let wanted = self.values_of(arguments, state).into_iter().next();
                Some(super::operators::member(wanted.unwrap_or_default(), list))
            }
            "test" => {
                let of_pattern =
                    |value: &Value| matches!(value, Value::Literal(Literal::Pattern(_)));
                let pattern = self.known(object, state).filter(of_pattern)?;
                let tested = self.values_of(arguments, state).into_iter().next()?;
                Some(super::operators::member(tested, pattern))
            }
            // Where a value stands in a list that is written down says nothing of whose it is.
            "indexOf" => {
                self.known(object, state).filter(Value::is_constant)?;
                Some(Value::derived(self.values_of(arguments, state)))
            }
            "join" => {
                let list = self.known(object, state)?;
                let separator = self.values_of(arguments, state).into_iter().next();
                Some(joined_text(self.at(object), &list, separator.as_ref()))
            }
            "concat" => {
                let list = self.known(object, state)?;
                let Value::Array(array) = list else {
                    return None;
                };
                let mut array = ArrayValue::clone(&array);
                for value in self.values_of(arguments, state) {
                    extend(&mut array, &value);
                }
                Some(Value::Array(Arc::new(array)))
            }
            "reverse" | "toReversed" | "flat" | "values" | "keys" | "entries" => {
                self.known(object, state)
            }
            name if CONVERSIONS.contains(&name) => match self.known(object, state)? {
                list @ Value::Array(_) => Some(list),
                value => {
                    let mut all = vec![value];
                    let others = self.values_of(arguments, state).into_iter();
                    // What a pattern takes out of a text leaves another one.
                    all.extend(others.map(|other| match other {
                        Value::Literal(Literal::Pattern(_)) => Value::Unknown,
                        other => other,
                    }));
                    Some(Value::derived(all))
                }
            },
            _ => None,
        }
    }

    /// The value of a receiver that is data: a list, a text, something a
    /// caller or a query gave. Services and clients are none.
    fn known(&mut self, object: ExpressionId, state: &mut State) -> Option<Value> {
        if matches!(
            self.interpreter.types.of(self.at(object)),
            snell_project::types::Type::Instance(_)
                | snell_project::types::Type::Client(_)
                | snell_project::types::Type::Constructor(_)
        ) {
            return None;
        }
        let value = self.expression(object, state);
        (value != Value::Unknown).then_some(value)
    }

    /// `this.kept`
    fn is_of_this(&self, id: ExpressionId) -> bool {
        matches!(self.facts().expression(id), Expression::Member { object, .. }
            if matches!(self.facts().expression(*object), Expression::This))
    }

    /// `promise.then(callback)`: what the callback ensures holds for what comes after it,
    /// where somebody waits for it.
    fn then(
        &mut self,
        id: ExpressionId,
        object: ExpressionId,
        arguments: &[Argument],
        state: &mut State,
    ) -> Value {
        let before = state.facts.clone();
        let value = self.expression(object, state);
        let callbacks = self.values_of(arguments, state);
        let result = match callbacks.as_slice() {
            [Value::Function(callback)] => {
                let ran = self.callback(*callback, &[value], state);
                state.learn(ran.ensures);
                ran.result
            }
            [Value::Function(callback), ..] => self.callback(*callback, &[value], state).result,
            _ => value,
        };
        if !self.is_used(id) {
            state.facts = before;
        }
        result
    }

    /// A queue, a cache: what it holds is not the program's.
    fn is_of_package(&self, object: ExpressionId) -> bool {
        matches!(
            self.interpreter.types.of(self.at(object)),
            snell_project::types::Type::External(..)
        )
    }

    fn hands_callback(&self, arguments: &[Argument]) -> bool {
        arguments.first().is_some_and(|argument| {
            let facts = self.facts();
            match facts.expression(facts.unwrap_casts(argument.value)) {
                Expression::Function(_) => true,
                Expression::Identifier { .. }
                | Expression::Member { .. }
                | Expression::Call { .. } => {
                    matches!(
                        self.interpreter.types.of(self.at(argument.value)),
                        snell_project::types::Type::Function(_)
                    )
                }
                _ => false,
            }
        })
    }

    /// Whether nothing leaves a callback before its end.
    fn is_plain(&self, callback: FunctionRef) -> bool {
        let facts = self.interpreter.project.modules.facts(callback.module);
        match &facts.function(callback.id).body {
            FunctionBody::Block(body) => statement::is_plain(body),
            FunctionBody::Expression(_) => true,
            FunctionBody::None => false,
        }
    }

    fn iteration(
        &mut self,
        object: ExpressionId,
        name: &str,
        arguments: &[Argument],
        state: &mut State,
    ) -> Value {
        let list = self.expression(object, state);
        let values = self.values_of(arguments, state);
        let Some(Value::Function(callback)) = values.first().cloned() else {
            return Value::Unknown;
        };
        let facts = self.facts();
        let loop_id = LoopId {
            module: self.module,
            start: facts.span(arguments[0].value).start,
        };
        let element = element_of(&list, loop_id);
        let head = snell_source::Span::new(
            facts.span(object).start,
            facts.span(arguments[0].value).start,
        );
        let around = Loop {
            id: loop_id,
            kind: LoopKind::Callback,
            iterable: list.clone(),
            at: self.place(trimmed(head)),
        };
        let position = Value::opaque(Root::Element(loop_id));
        let reduces = name.starts_with("reduce");
        let handed = if reduces {
            vec![
                values.get(1).cloned().unwrap_or(Value::Unknown),
                element.clone(),
                position.clone(),
                list.clone(),
            ]
        } else {
            vec![element.clone(), position, list.clone()]
        };
        let surely = name == "forEach" && is_of_constants(&list) && self.is_plain(callback);
        let ran = self.within(around, |frame| {
            frame.callback_run(callback, &handed, surely, state)
        });
        if let Some(parameter) = self.element_of_callback(callback).filter(|_| !reduces) {
            let own = facts.function(callback.id);
            let always = match &own.body {
                FunctionBody::Block(body) => {
                    name == "forEach" && !elements::ends_early(facts, body)
                }
                _ => name == "forEach",
            };
            self.written_back(object, (parameter, &element), always, state);
        }
        // Every element was met: what its round ensures holds of each.
        if matches!(name, "map" | "forEach" | "flatMap") {
            state.learn(crate::fact::beyond_elements(ran.ensures, loop_id));
        }
        outcome(name, list, element, ran.result)
    }
}

/// What a method that goes through a list gives back, by what its callback does.
fn outcome(name: &str, list: Value, element: Value, result: Value) -> Value {
    match name {
        "map" => Value::Array(Arc::new(ArrayValue {
            elements: Vec::new(),
            rest: Some(result),
        })),
        "flatMap" => {
            let mut array = ArrayValue::default();
            extend(&mut array, &result);
            if array.rest.is_none() {
                array.rest = array
                    .elements
                    .drain(..)
                    .reduce(|a, b| Value::join(a, &[], b, &[]));
            }
            Value::Array(Arc::new(array))
        }
        "filter" => kept(list, &element, &result),
        "sort" | "toSorted" => list,
        "find" | "findLast" => {
            let held = crate::fact::when(&result, true).unwrap_or_default();
            Value::join(element, &held, Value::Undefined, &[])
        }
        // Every element met the condition.
        "every" => {
            let held = crate::fact::when(&result, true).unwrap_or_default();
            super::operators::test(held, Vec::new())
        }
        // There is one that met it.
        "some" => {
            let held = crate::fact::when(&result, true).unwrap_or_default();
            super::operators::test(held, Vec::new())
        }
        // A number: that of an element of the list.
        "findIndex" => Value::derived(vec![list]),
        _ => result,
    }
}

/// What is left of a list of which the client sent each element, where only those stay that stand in another list
/// (`ids.filter((id) => own.has(id))`): elements of that one.
fn kept(list: Value, element: &Value, result: &Value) -> Value {
    let is_sent = |value: &Value| matches!(value, Value::Opaque(opaque) if matches!(opaque.root, Root::ClientInput(..) | Root::Parsed(_)));
    if !is_sent(element) {
        return list;
    }
    let held = crate::fact::when(result, true).unwrap_or_default();
    let other = held.into_iter().find_map(|fact| match fact {
        Fact::Member(wanted, other) if wanted == *element => Some(other),
        _ => None,
    });
    match other {
        Some(Value::Array(other))
            if other.elements.iter().chain(&other.rest).all(
                |one| matches!(one, Value::Opaque(opaque) if matches!(opaque.root, Root::Row(_))),
            ) =>
        {
            Value::Array(other)
        }
        _ => list,
    }
}

/// Without the dot before the method's name.
fn trimmed(head: snell_source::Span) -> snell_source::Span {
    snell_source::Span::new(head.start, head.end.saturating_sub(1).max(head.start + 1))
}

/// More elements than this are not told apart.
const MAX_ELEMENTS: usize = 64;

/// `[...array, value]`
pub(super) fn push(array: &mut ArrayValue, value: Value) {
    match array.rest.take() {
        Some(rest) => array.rest = Some(Value::join(rest, &[], value, &[])),
        None if array.elements.len() >= MAX_ELEMENTS => array.rest = Some(value),
        None => array.elements.push(value),
    }
}

/// `[...array, ...spread]`
pub(super) fn extend(array: &mut ArrayValue, spread: &Value) {
    match spread {
        Value::Array(other) => {
            other
                .elements
                .iter()
                .cloned()
                .for_each(|element| push(array, element));
            if let Some(rest) = &other.rest {
                array.rest = Some(match array.rest.take() {
                    Some(known) => Value::join(known, &[], rest.clone(), &[]),
                    None => rest.clone(),
                });
            }
        }
        Value::OneOf(choices) if choices.iter().all(|c| matches!(c.value, Value::Array(_))) => {
            let mut all = ArrayValue::default();
            choices
                .iter()
                .for_each(|choice| extend(&mut all, &choice.value));
            let rest = all
                .elements
                .into_iter()
                .chain(all.rest)
                .reduce(|a, b| Value::join(a, &[], b, &[]));
            if let Some(rest) = rest {
                extend(
                    array,
                    &Value::Array(Arc::new(ArrayValue {
                        elements: Vec::new(),
                        rest: Some(rest),
                    })),
                );
            }
        }
        Value::Undefined | Value::Null => {}
        other => {
            let element = super::assign::nth(other, 0);
            array.rest = Some(match array.rest.take() {
                Some(known) => Value::join(known, &[], element, &[]),
                None => element,
            });
        }
    }
}

/// `list.join(separator)`
fn joined_text(
    at: snell_project::module::ExpressionRef,
    list: &Value,
    separator: Option<&Value>,
) -> Value {
    let Value::Array(array) = list else {
        return Value::derived(vec![list.clone()]);
    };
    let separator = separator.cloned().unwrap_or_else(|| Value::string(","));
    let mut parts = Vec::new();
    for (n, element) in array.elements.iter().chain(&array.rest).enumerate() {
        if n > 0 {
            parts.push(TextPart::Value(separator.clone(), at));
        }
        parts.push(TextPart::Value(element.clone(), at));
    }
    if array.rest.is_some() {
        // How often is not known; what, is.
        parts.push(TextPart::Value(
            Value::join(
                Value::string(""),
                &[],
                Value::derived(vec![list.clone()]),
                &[],
            ),
            at,
        ));
    }
    text(parts)
}
