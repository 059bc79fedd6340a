//! Functions that are handed over: when they run, and with what.

use std::sync::Arc;

use snell_extract::facts::{Expression, ExpressionId, FunctionKind};
use snell_project::module::{ExpressionRef, FunctionRef};

use super::{Frame, Ran, State, wrapper};
use crate::{
    event::{EventKind, Summary},
    value::Value,
};

impl Frame<'_, '_> {
    /// A summary without the calls of callbacks that run here: nothing unknown is handed anything by them.
    pub(super) fn without_calls(
        &self,
        summary: &Arc<Summary>,
        callbacks: &[(FunctionRef, bool)],
        handed: &[Option<wrapper::Handed>],
    ) -> Arc<Summary> {
        let followed: Vec<ExpressionRef> = callbacks
            .iter()
            .zip(handed)
            .filter(|((callback, _), _)| {
                self.is_closure(*callback) && self.sees_variables_of(*callback)
            })
            .filter_map(|(_, handed)| Some(handed.as_ref()?.at))
            .collect();
        if followed.is_empty() {
            return Arc::clone(summary);
        }
        let mut own = Summary::clone(summary);
        own.events.retain(|event| {
            !matches!(&event.kind, EventKind::Unfollowed { at, .. } if followed.contains(at))
        });
        Arc::new(own)
    }

    /// Runs a callback with what the function that it was handed to hands on, as far as that is known.
    pub(super) fn callback_with(
        &mut self,
        callback: FunctionRef,
        handed: Option<wrapper::Handed>,
        state: &mut State,
    ) -> Ran {
        let Some(handed) = handed else {
            return self.callback_of_others(callback, state);
        };
        // What the function has made sure of holds inside.
        let before = state.facts.clone();
        state.learn(handed.facts);
        let ran = self.callback(callback, &handed.arguments, state);
        state.facts = before;
        ran
    }

    /// The functions that a call hands over, those in objects as well when they see the variables
    /// of this run: `run({ small: () => ..., large: () => ... })`; and whether they are of an object.
    pub(super) fn handed_over(&self, values: &[Value]) -> Vec<(FunctionRef, bool)> {
        let mut callbacks = Vec::new();
        for value in values {
            match value {
                Value::Function(callback) => callbacks.push((*callback, false)),
                Value::Object(object) => {
                    let inside = object
                        .entries
                        .values()
                        .filter_map(|entry| match entry.value {
                            Value::Function(inside) => Some(inside),
                            _ => None,
                        });
                    let own = inside.filter(|inside| {
                        self.is_closure(*inside) && self.sees_variables_of(*inside)
                    });
                    callbacks.extend(own.map(|inside| (inside, true)));
                }
                _ => {}
            }
        }
        callbacks
    }

    /// A callback that something unknown runs: one that is no closure of this run
    /// is a call of its own.
    pub(super) fn runs_later(
        &mut self,
        id: ExpressionId,
        callback: FunctionRef,
        state: &mut State,
    ) {
        let (transaction, later) = (self.transaction, self.later);
        if self.is_timer(id) {
            self.transaction = None;
            self.later = true;
        }
        self.runs(id, callback, state);
        self.transaction = transaction;
        self.later = later;
    }

    fn runs(&mut self, id: ExpressionId, callback: FunctionRef, state: &mut State) {
        if self.is_closure(callback) || callback.module == self.module && !self.is_method(callback)
        {
            self.callback_of_others(callback, state);
            return;
        }
        let facts = self.interpreter.project.modules.facts(callback.module);
        let unknown = vec![Value::Unknown; facts.function(callback.id).parameters.len()];
        let summary = self.interpreter.call(callback, unknown, &self.stack);
        let kind = EventKind::Call {
            at: self.at(id),
            summary,
        };
        self.record(kind, state);
    }

    /// Runs a callback of which it is not known what it is handed.
    pub(crate) fn callback_of_others(&mut self, callback: FunctionRef, state: &mut State) -> Ran {
        let facts = self.interpreter.project.modules.facts(callback.module);
        let unknown = vec![Value::Unknown; facts.function(callback.id).parameters.len()];
        self.callback(callback, &unknown, state)
    }

    /// `setImmediate(...)`, `process.nextTick(...)`: what it is handed runs when the code around it has come to its end,
    /// or to where it waits.
    fn is_timer(&self, id: ExpressionId) -> bool {
        const TIMERS: [&str; 4] = [
            "setTimeout",
            "setInterval",
            "setImmediate",
            "queueMicrotask",
        ];
        let facts = self.facts();
        let Expression::Call { callee, .. } = facts.expression(id) else {
            return false;
        };
        match facts.expression(*callee) {
            Expression::Identifier {
                name,
                binding: None,
            } => TIMERS.contains(&name.as_str()),
            // Kept for later, where it is not known who runs it.
            Expression::Member { property, .. } => {
                ["nextTick", "push", "unshift"].contains(&property.text.as_str())
            }
            _ => false,
        }
    }

    fn is_method(&self, function: FunctionRef) -> bool {
        let facts = self.interpreter.project.modules.facts(function.module);
        facts.function(function.id).kind == FunctionKind::Method
    }
}
