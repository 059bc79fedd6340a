//! Operators: what a condition's two ways know, and which value is left.

use std::sync::Arc;

use snell_extract::facts::{
    BinaryOperator, Expression, ExpressionId, LogicalOperator, UnaryOperator,
};

use super::{Frame, State, statement::assumed, text::concatenated};
use crate::{
    fact::Fact,
    value::{ArrayValue, Choice, Literal, Value},
    weight::is_of_request,
};

impl Frame<'_, '_> {
    pub(super) fn unary(
        &mut self,
        operator: UnaryOperator,
        operand: ExpressionId,
        state: &mut State,
    ) -> Value {
        let value = self.expression(operand, state);
        match operator {
            UnaryOperator::Not => negated(&value),
            UnaryOperator::Minus => match value {
                Value::Literal(Literal::Number(n)) => {
                    Value::Literal(Literal::Number(format!("-{n}").into()))
                }
                value => Value::derived(vec![value]),
            },
            UnaryOperator::Plus => Value::derived(vec![value]),
            UnaryOperator::Void => Value::Undefined,
            UnaryOperator::Delete => {
                self.delete(operand, state);
                Value::Unknown
            }
            UnaryOperator::Typeof | UnaryOperator::BitNot => Value::Unknown,
        }
    }

    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        left: ExpressionId,
        right: ExpressionId,
        state: &mut State,
    ) -> Value {
        if let Some(value) = self.position(operator, left, right, state) {
            return value;
        }
        let a = self.expression(left, state);
        let b = self.expression(right, state);
        if let Some(operand) = self.typeof_operand(left) {
            let value = self.expression(operand, state);
            return of_type(&value, &b, operator);
        }
        match operator {
            BinaryOperator::Equal => compared(&a, &b, true),
            BinaryOperator::NotEqual => compared(&a, &b, false),
            BinaryOperator::Add => concatenated(a, self.at(left), b, self.at(right)),
            // `list.length > 0`, `count >= 1`
            BinaryOperator::Greater | BinaryOperator::GreaterEqual
                if is_number(&b, &["0", "1"]) =>
            {
                test(vec![Fact::Truthy(a.clone())], vec![Fact::Falsy(a)])
            }
            BinaryOperator::Less if is_number(&b, &["1"]) => {
                test(vec![Fact::Falsy(a.clone())], vec![Fact::Truthy(a)])
            }
            BinaryOperator::LessEqual if is_number(&b, &["0"]) => {
                test(vec![Fact::Falsy(a.clone())], vec![Fact::Truthy(a)])
            }
            BinaryOperator::Instanceof => decided(&a, &|one| is_of_no_class(one).then_some(false)),
            BinaryOperator::Less
            | BinaryOperator::LessEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterEqual => test(Vec::new(), Vec::new()),
            BinaryOperator::In => {
                let held = keys(&b).map(|keys| Fact::Member(a, keys));
                test(held.into_iter().collect(), Vec::new())
            }
            _ => Value::derived(vec![a, b]),
        }
    }

    /// `LIST.indexOf(value) !== -1`: whether a list that is written down holds it.
    fn position(
        &mut self,
        operator: BinaryOperator,
        left: ExpressionId,
        right: ExpressionId,
        state: &mut State,
    ) -> Option<Value> {
        let facts = self.facts();
        let Expression::Call {
            callee, arguments, ..
        } = facts.expression(left)
        else {
            return None;
        };
        let (
            Expression::Member {
                object, property, ..
            },
            [wanted],
        ) = (facts.expression(*callee), &arguments[..])
        else {
            return None;
        };
        if property.text != "indexOf" {
            return None;
        }
        let end = self.expression(right, state);
        let holds = match operator {
            BinaryOperator::NotEqual | BinaryOperator::Greater if is_number(&end, &["-1"]) => true,
            BinaryOperator::GreaterEqual if is_number(&end, &["0"]) => true,
            BinaryOperator::Equal if is_number(&end, &["-1"]) => false,
            BinaryOperator::Less if is_number(&end, &["0"]) => false,
            _ => return None,
        };
        let list = self.expression(*object, state);
        let Value::Array(_) = list else {
            return None;
        };
        let member = vec![Fact::Member(self.expression(wanted.value, state), list)];
        Some(match holds {
            true => test(member, Vec::new()),
            false => test(Vec::new(), member),
        })
    }

    /// `x` of `typeof x`
    fn typeof_operand(&self, id: ExpressionId) -> Option<ExpressionId> {
        match self.facts().expression(id) {
            Expression::Unary {
                operator: UnaryOperator::Typeof,
                operand,
            } => Some(*operand),
            _ => None,
        }
    }

    pub(super) fn logical(
        &mut self,
        operator: LogicalOperator,
        left: ExpressionId,
        right: ExpressionId,
        state: &mut State,
    ) -> Value {
        let a = self.expression(left, state);
        match operator {
            LogicalOperator::And | LogicalOperator::Or => {
                let goes_on = operator == LogicalOperator::And;
                let mut further = assumed(state, &a, goes_on);
                if !further.alive {
                    return a;
                }
                let stays = assumed(state, &a, !goes_on);
                let b = self.expression(right, &mut further);
                let further_facts = further.facts.beyond(&state.facts);
                let stays_facts = stays.facts.beyond(&state.facts);
                let kept = kept_when(&a, !goes_on);
                let value = match kept {
                    Some(kept) if stays.alive => Value::join(kept, &stays_facts, b, &further_facts),
                    _ => b,
                };
                *state = State::join(further.revived(), stays).over(&state.facts);
                value
            }
            LogicalOperator::Coalesce => match a {
                Value::Undefined | Value::Null => self.expression(right, state),
                Value::Literal(_) | Value::Object(_) | Value::Array(_) | Value::Text(_) => a,
                a => {
                    let mut further = state.clone();
                    if let Value::Opaque(_) = &a {
                        further.learn([Fact::Falsy(a.clone())]);
                    }
                    let b = self.expression(right, &mut further);
                    let before = state.facts.clone();
                    *state = State::join(std::mem::take(state), further.revived()).over(&before);
                    // `sent ?? null` is there when, and only when, what was sent is; `own ?? sent` is what was
                    // sent only of those who have nothing of their own.
                    let kept = b.is_constant() || is_of_request(&a) && is_of_request(&b);
                    let absent = match &a {
                        Value::Opaque(_) if kept => vec![Fact::Falsy(a.clone())],
                        _ => Vec::new(),
                    };
                    Value::join(without_nothing(&a), &[], b, &absent)
                }
            },
        }
    }

    pub(super) fn either(
        &mut self,
        test: &Value,
        then: ExpressionId,
        otherwise: ExpressionId,
        state: &mut State,
    ) -> Value {
        let mut yes = assumed(state, test, true);
        let mut no = assumed(state, test, false);
        if !yes.alive {
            return self.expression(otherwise, state);
        }
        if !no.alive {
            return self.expression(then, state);
        }
        let a = self.expression(then, &mut yes);
        let b = self.expression(otherwise, &mut no);
        let value = Value::join(
            a,
            &yes.facts.beyond(&state.facts),
            b,
            &no.facts.beyond(&state.facts),
        );
        *state = State::join(yes, no).over(&state.facts);
        value
    }
}

/// The keys of an object that is written down, as a list.
fn keys(object: &Value) -> Option<Value> {
    let object = object
        .as_object()
        .filter(|object| object.spreads.is_empty())?;
    let keys = object.entries.keys().cloned().map(Value::string);
    Some(Value::Array(Arc::new(ArrayValue {
        elements: keys.collect(),
        rest: None,
    })))
}

/// `typeof value === 'string'`
fn of_type(value: &Value, name: &Value, operator: BinaryOperator) -> Value {
    let equal = operator == BinaryOperator::Equal;
    let Some(name) = name.as_string() else {
        return test(Vec::new(), Vec::new());
    };
    if name == "undefined" {
        return compared(value, &Value::Undefined, equal);
    }
    decided(value, &|one| Some((type_of(one)? == name) == equal))
}

/// What a condition gives that each possibility of a value decides by what it is, or leaves open.
pub(super) fn decided(value: &Value, decide: &dyn Fn(&Value) -> Option<bool>) -> Value {
    let one = |value: &Value| match decide(value) {
        Some(holds) => Value::boolean(holds),
        None => test(Vec::new(), Vec::new()),
    };
    match value {
        Value::OneOf(choices) => choices
            .iter()
            .map(|choice| (one(&choice.value), choice.facts.to_vec()))
            .reduce(|(a, a_facts), (b, b_facts)| {
                (Value::join(a, &a_facts, b, &b_facts), Vec::new())
            })
            .map_or_else(|| test(Vec::new(), Vec::new()), |(value, _)| value),
        value => one(value),
    }
}

/// What `typeof` gives, where the value is known. Lists go both ways: what the one for lists does with them may not be
/// followed (`ids.filter(Boolean)`), and what it checks would be lost.
fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Literal(Literal::String(_)) | Value::Text(_) => Some("string"),
        Value::Literal(Literal::Number(_)) => Some("number"),
        Value::Literal(Literal::BigInt(_)) => Some("bigint"),
        Value::Literal(Literal::Boolean(_)) => Some("boolean"),
        Value::Undefined => Some("undefined"),
        Value::Null | Value::Object(_) | Value::Sql(_) => Some("object"),
        Value::Function(_) => Some("function"),
        _ => None,
    }
}

/// Whether a value is of no class whatever it is asked for.
fn is_of_no_class(value: &Value) -> bool {
    matches!(
        value,
        Value::Undefined | Value::Null | Value::Literal(_) | Value::Text(_)
    )
}

/// What is left of a value when it is known to be truthy or falsy.
fn kept_when(value: &Value, truthy: bool) -> Option<Value> {
    match value {
        Value::OneOf(choices) => {
            let kept: Vec<Choice> = choices
                .iter()
                .filter(|choice| choice.value.truth() != Some(!truthy))
                .cloned()
                .collect();
            match kept.len() {
                0 => None,
                1 => Some(
                    kept.into_iter()
                        .next()
                        .map_or(Value::Unknown, |choice| choice.value),
                ),
                _ => Some(Value::OneOf(kept.into())),
            }
        }
        value => match value.truth() {
            Some(truth) if truth != truthy => None,
            _ => Some(value.clone()),
        },
    }
}

fn without_nothing(value: &Value) -> Value {
    match value {
        Value::OneOf(choices) => {
            let kept: Vec<Choice> = choices
                .iter()
                .filter(|choice| !matches!(choice.value, Value::Undefined | Value::Null))
                .cloned()
                .collect();
            Value::OneOf(kept.into())
        }
        other => other.clone(),
    }
}

/// Whether a list holds a value, or a pattern matches it.
pub(super) fn member(wanted: Value, list: Value) -> Value {
    test(vec![Fact::Member(wanted, list)], Vec::new())
}

/// `true` under some facts, `false` under others.
pub(super) fn test(when_true: Vec<Fact>, when_false: Vec<Fact>) -> Value {
    Value::OneOf(Arc::from([
        Choice {
            value: Value::boolean(true),
            facts: when_true.into(),
        },
        Choice {
            value: Value::boolean(false),
            facts: when_false.into(),
        },
    ]))
}

fn negated(value: &Value) -> Value {
    if let Some(truth) = value.truth() {
        return Value::boolean(!truth);
    }
    let (yes, no) = (
        crate::fact::when(value, true),
        crate::fact::when(value, false),
    );
    match (yes, no) {
        (Some(yes), Some(no)) => test(no, yes),
        (Some(_), None) => Value::boolean(false),
        (None, _) => Value::boolean(true),
    }
}

pub(super) fn compared(a: &Value, b: &Value, equal: bool) -> Value {
    if a.is_constant()
        && b.is_constant()
        && !matches!((a, b), (Value::OneOf(_), _) | (_, Value::OneOf(_)))
    {
        return Value::boolean((a == b) == equal);
    }
    let nothing = |value: &Value| matches!(value, Value::Undefined | Value::Null);
    let (same, differ) = match (a, b) {
        (known, none) | (none, known) if nothing(none) => (
            vec![Fact::Falsy(known.clone())],
            vec![Fact::Truthy(known.clone())],
        ),
        (known, Value::Literal(Literal::Boolean(truth))) => {
            let (yes, no) = (
                crate::fact::when(known, true),
                crate::fact::when(known, false),
            );
            let (yes, no) = (yes.unwrap_or_default(), no.unwrap_or_default());
            if *truth { (yes, no) } else { (no, yes) }
        }
        (known, Value::Literal(Literal::Number(n))) if **n == *"0" => (
            vec![Fact::Falsy(known.clone())],
            vec![Fact::Truthy(known.clone())],
        ),
        _ => (
            vec![Fact::Equal(a.clone(), b.clone())],
            vec![Fact::Differ(a.clone(), b.clone())],
        ),
    };
    if equal {
        test(same, differ)
    } else {
        test(differ, same)
    }
}

fn is_number(value: &Value, numbers: &[&str]) -> bool {
    matches!(value, Value::Literal(Literal::Number(n)) if numbers.contains(&&**n))
}
