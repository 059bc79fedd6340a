//! Results that say which way something went: `Either` and `Option` of fp-ts.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::{Argument, Expression, ExpressionId};
use snell_project::module::Symbol;

use super::{Frame, State, assign::property_of, operators::test};
use crate::{
    fact::{Fact, either},
    value::{Entry, ObjectValue, Value},
};

/// The property that says which way.
const TAG: &str = "_tag";

impl Frame<'_, '_> {
    /// `E.right(value)`, `O.isNone(found)`; `None` when it is nothing of that kind.
    pub(super) fn either_call(
        &mut self,
        object: ExpressionId,
        name: &str,
        arguments: &[Argument],
        state: &mut State,
    ) -> Option<Value> {
        if !self.is_either(object) {
            return None;
        }
        let made = match name {
            "right" => Some(("Right", "right")),
            "left" => Some(("Left", "left")),
            "some" => Some(("Some", "value")),
            _ => None,
        };
        let asked = match name {
            "isRight" => Some("Right"),
            "isLeft" => Some("Left"),
            "isSome" => Some("Some"),
            "isNone" => Some("None"),
            _ => None,
        };
        if made.is_none() && asked.is_none() {
            return None;
        }
        let value = self.values_of(arguments, state).into_iter().next()?;
        Some(match (made, asked) {
            (Some((tag, key)), _) => self.tagged(object, tag, Some((key, value))),
            (_, Some(tag)) => is_tagged(&value, tag),
            _ => return None,
        })
    }

    /// `O.none`
    pub(super) fn nothing_of_option(&self, object: ExpressionId, name: &str) -> Option<Value> {
        (name == "none" && self.is_either(object)).then(|| self.tagged(object, "None", None))
    }

    fn is_either(&self, object: ExpressionId) -> bool {
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = self.facts().expression(object)
        else {
            return false;
        };
        let modules = &self.interpreter.project.modules;
        matches!(modules.binding(self.module, *binding),
            Symbol::External { specifier, .. } if specifier.starts_with("fp-ts"))
    }

    fn tagged(&self, at: ExpressionId, tag: &str, holds: Option<(&str, Value)>) -> Value {
        let entry = |value| Entry {
            value,
            always: true,
            beneath: false,
            key: self.facts().span(at),
            at: None,
            module: self.module,
        };
        let mut object = ObjectValue::default();
        object
            .entries
            .insert(TAG.into(), entry(Value::string(SmolStr::from(tag))));
        if let Some((key, value)) = holds {
            object.entries.insert(key.into(), entry(value));
        }
        Value::Object(Arc::new(object))
    }
}

/// Whether a value went that way, and what holds when it did or did not.
fn is_tagged(value: &Value, wanted: &str) -> Value {
    let tag = |value: &Value| match value {
        Value::Object(_) => property_of(value, TAG).as_string().cloned(),
        _ => None,
    };
    let Value::OneOf(choices) = value else {
        return match tag(value) {
            Some(tag) => Value::boolean(tag == wanted),
            None => test(Vec::new(), Vec::new()),
        };
    };
    let (mut yes, mut no): (Option<Vec<Fact>>, Option<Vec<Fact>>) = (None, None);
    for choice in choices.iter() {
        let facts = choice.facts.to_vec();
        let known = tag(&choice.value);
        for (side, is) in [(&mut yes, true), (&mut no, false)] {
            if known.as_ref().is_none_or(|tag| (tag == wanted) == is) {
                *side = Some(match side.take() {
                    None => facts.clone(),
                    Some(held) => either(&held, &facts),
                });
            }
        }
    }
    match (yes, no) {
        (Some(_), None) => Value::boolean(true),
        (None, Some(_)) => Value::boolean(false),
        (yes, no) => test(yes.unwrap_or_default(), no.unwrap_or_default()),
    }
}
