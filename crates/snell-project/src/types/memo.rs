//! Answers that were given once.
//!
//! An interpreter asks the same of an expression as often as it runs it. Only
//! whole answers are kept: one that starts in the middle of another has fewer
//! steps left, and would make results depend on who asked first.

use std::sync::{OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use snell_extract::facts::ExpressionId;

use super::{Type, provided::Providers};
use crate::module::{ClassRef, ExpressionRef};

/// Kept beside the modules that the answers are about.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    modules: Vec<RwLock<FxHashMap<ExpressionId, Type>>>,
    providers: OnceLock<Providers>,
    bases: RwLock<FxHashMap<ClassRef, Option<ClassRef>>>,
}

impl Memo {
    /// For this many modules.
    pub(crate) fn new(modules: usize) -> Self {
        Memo {
            modules: std::iter::repeat_with(RwLock::default)
                .take(modules)
                .collect(),
            providers: OnceLock::new(),
            bases: RwLock::default(),
        }
    }

    /// What the expression is; `infer` is asked once.
    pub(super) fn of(&self, expression: ExpressionRef, infer: impl FnOnce() -> Type) -> Type {
        let Some(module) = self.modules.get(expression.module.index()) else {
            return infer();
        };
        // A thread that panicked while it held the lock left whole entries only.
        let read = module.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&expression.id) {
            return known.clone();
        }
        drop(read);
        let answer = infer();
        let mut write = module.write().unwrap_or_else(PoisonError::into_inner);
        write.insert(expression.id, answer.clone());
        answer
    }

    /// The class that a class extends; `infer` is asked once.
    pub(super) fn base(
        &self,
        class: ClassRef,
        infer: impl FnOnce() -> Option<ClassRef>,
    ) -> Option<ClassRef> {
        let read = self.bases.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&class) {
            return *known;
        }
        drop(read);
        let answer = infer();
        let mut write = self.bases.write().unwrap_or_else(PoisonError::into_inner);
        write.insert(class, answer);
        answer
    }

    /// What the container hands out.
    pub(super) fn providers(&self, gather: impl FnOnce() -> Providers) -> &Providers {
        self.providers.get_or_init(gather)
    }
}
