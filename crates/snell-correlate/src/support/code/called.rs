//! Who calls what, over everything that was followed: gathered once, so that a rule may ask for many
//! functions and queries.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::{EventKind, Summary};
use snell_project::{
    client::CallId,
    module::{ExpressionRef, FunctionRef},
};

use crate::rule::Context;

/// The runs of functions, each with those that call it.
#[derive(Debug, Default)]
pub(crate) struct Called {
    /// The numbers of runs, by where their summaries stand.
    runs: FxHashMap<usize, u32>,
    callers: Vec<Vec<u32>>,
    /// The runs that send a query themselves.
    sending: FxHashMap<CallId, Vec<u32>>,
    sites: FxHashMap<FunctionRef, FxHashSet<ExpressionRef>>,
    /// Functions that others call which were followed on their own.
    named: FxHashSet<FunctionRef>,
}

/// The runs that come to one of some queries.
pub(crate) struct Coming<'c> {
    called: &'c Called,
    runs: FxHashSet<u32>,
}

impl Called {
    /// Gathers them, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Called::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let mut called = Called::default();
        for summary in context.flow.functions() {
            called.add(summary);
            for event in &summary.events {
                if let EventKind::Call { summary, .. } = &event.kind {
                    called.named.insert(summary.function);
                }
            }
        }
        for entered in context.flow.endpoints() {
            called.add(&entered.summary);
        }
        called
    }

    fn add(&mut self, summary: &Summary) -> u32 {
        let next = u32::try_from(self.callers.len()).unwrap_or(u32::MAX);
        let number = *self.runs.entry(place(summary)).or_insert(next);
        if number != next {
            return number;
        }
        self.callers.push(Vec::new());
        for event in &summary.events {
            match &event.kind {
                EventKind::Query(query) => {
                    self.sending.entry(query.call).or_default().push(number);
                }
                EventKind::Call { at, summary } => {
                    let inner = self.add(summary);
                    self.callers[inner as usize].push(number);
                    self.sites.entry(summary.function).or_default().insert(*at);
                }
                _ => {}
            }
        }
        number
    }

    /// The places where a function is called.
    pub(crate) fn sites(&self, function: FunctionRef) -> impl Iterator<Item = ExpressionRef> {
        self.sites.get(&function).into_iter().flatten().copied()
    }

    /// Whether a function that was followed on its own calls this one.
    pub(crate) fn is_called(&self, function: FunctionRef) -> bool {
        self.named.contains(&function)
    }

    /// What comes to one of these queries.
    pub(crate) fn coming_to(&self, wanted: &FxHashSet<CallId>) -> Coming<'_> {
        let sending = wanted.iter().filter_map(|call| self.sending.get(call));
        let mut waiting: Vec<u32> = sending.flatten().copied().collect();
        let mut runs: FxHashSet<u32> = FxHashSet::default();
        while let Some(run) = waiting.pop() {
            if runs.insert(run) {
                waiting.extend(&self.callers[run as usize]);
            }
        }
        Coming { called: self, runs }
    }
}

impl Coming<'_> {
    /// Whether a run does.
    pub(crate) fn holds(&self, summary: &Summary) -> bool {
        let run = self.called.runs.get(&place(summary));
        run.is_some_and(|run| self.runs.contains(run))
    }
}

/// Summaries are shared and stay where they are: one is known by its place.
fn place(summary: &Summary) -> usize {
    std::ptr::from_ref(summary).addr()
}
