//! The values of module-level constants, computed once for all who ask.
//!
//! A constant is computed in a run of its own, with limits of its own, so that
//! its value does not depend on who asked first. Only one that is asked for
//! again while it is computed sees itself as unknown; what came of that is
//! kept by the one who asked, and not shared.

use std::sync::{PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};
use snell_extract::facts::FunctionId;
use snell_project::module::{BindingRef, ExpressionRef, In};

use super::{Frame, Interpreter, Limits, State};
use crate::value::{Root, Value};

/// Shared by all interpreters of a run.
#[derive(Debug, Default)]
pub(crate) struct Constants {
    values: RwLock<FxHashMap<BindingRef, Value>>,
    /// Reads of a store that give back who asked.
    stored: FxHashSet<ExpressionRef>,
}

impl Constants {
    /// With reads of a store that give back who asked.
    pub(crate) fn knowing(stored: FxHashSet<ExpressionRef>) -> Self {
        Constants {
            stored,
            ..Constants::default()
        }
    }

    /// Whether a call reads from a store who asked.
    pub(super) fn reads_who_asked(&self, at: ExpressionRef) -> bool {
        self.stored.contains(&at)
    }

    fn get(&self, constant: BindingRef) -> Option<Value> {
        let known = self.values.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&constant).cloned()
    }

    fn set(&self, constant: BindingRef, value: Value) {
        let mut known = self.values.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(constant, value);
    }
}

/// What is computed at the moment, outermost first.
#[derive(Debug, Default)]
pub(super) struct Pending {
    constants: Vec<BindingRef>,
    /// The outermost of them that was asked for while it was computed.
    asked: Option<usize>,
    /// Values that stand for this interpreter alone.
    own: FxHashMap<BindingRef, Value>,
}

/// Constants that need each other, inside each other.
const MAX_PENDING: usize = 24;

const LIMITS: Limits = Limits {
    depth: 4,
    steps: 20_000,
    total: 100_000,
};

impl Interpreter<'_> {
    /// The value of a module-level constant whose initial value is `init`.
    pub(super) fn constant(&mut self, constant: BindingRef, init: ExpressionRef) -> Value {
        if let Some(known) = self.shared.get(constant) {
            return known;
        }
        if let Some(known) = self.pending.own.get(&constant) {
            return known.clone();
        }
        let unknown = Value::opaque(Root::Outer(init));
        let position = self.pending.constants.iter().position(|c| *c == constant);
        if position.is_some() || self.pending.constants.len() >= MAX_PENDING {
            let outermost = position.unwrap_or(0);
            let asked = self.pending.asked.unwrap_or(outermost);
            self.pending.asked = Some(asked.min(outermost));
            return unknown;
        }
        let position = self.pending.constants.len();
        self.pending.constants.push(constant);
        let value = match self.apart(init) {
            Value::Unknown => unknown,
            value => value,
        };
        self.pending.constants.pop();
        match self.pending.asked {
            Some(asked) if asked < position => {
                self.pending.own.insert(constant, value.clone());
            }
            _ => {
                self.pending.asked = None;
                self.shared.set(constant, value.clone());
            }
        }
        if self.pending.constants.is_empty() {
            self.pending.own.clear();
        }
        value
    }

    /// Evaluates an expression as if nothing else ran.
    fn apart(&mut self, at: ExpressionRef) -> Value {
        let module = In {
            module: at.module,
            id: FunctionId(u32::MAX),
        };
        self.aside(|own| Frame::new(own, module, &[]).expression(at.id, &mut State::new()))
    }

    /// Runs something with limits of its own, as if nothing else ran.
    pub(super) fn aside<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        let limits = std::mem::replace(&mut self.limits, LIMITS);
        let spent = std::mem::take(&mut self.spent);
        let running = std::mem::take(&mut self.running);
        let summaries = std::mem::take(&mut self.summaries);
        let result = run(self);
        self.limits = limits;
        self.spent = spent;
        self.running = running;
        self.summaries = summaries;
        result
    }
}
