//! Which functions run which: the summaries of a flow, each once, with those that it calls.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use snell_project::{
    client::CallId,
    module::{ExpressionRef, FunctionRef},
};

use crate::{
    event::{Event, EventKind, Summary},
    follow::Flow,
};

/// All summaries of a flow. Many ways lead to one: each is gone through once, and known by its number.
#[derive(Debug, Default)]
pub struct CallGraph {
    runs: Vec<Run>,
    /// The numbers of summaries, by where they stand: they are shared, and stay there.
    numbers: FxHashMap<usize, u32>,
    /// What each calls, one after the other, in the order of its calls.
    callees: Vec<u32>,
    /// Who calls each, in the same way.
    callers: Vec<u32>,
    /// The summaries with a query of their own, by the query.
    sending: FxHashMap<CallId, Vec<u32>>,
    /// Where functions are called, sorted.
    sites: Vec<(FunctionRef, ExpressionRef)>,
    /// Functions that others call which were followed on their own.
    named: FxHashSet<FunctionRef>,
}

/// One summary.
#[derive(Debug)]
struct Run {
    summary: Arc<Summary>,
    /// Where its callees begin, and end.
    callees: (u32, u32),
    /// Where its callers begin, and end.
    callers: (u32, u32),
    /// Whether it, or what it calls, sends something to who asks.
    answers: bool,
}

/// The summaries that come to one of some queries, themselves or through others.
#[derive(Debug)]
pub struct Coming<'g> {
    graph: &'g CallGraph,
    runs: Vec<bool>,
}

impl CallGraph {
    /// Of the functions of a flow, and of its endpoints.
    pub(crate) fn of(flow: &Flow) -> Self {
        let mut graph = CallGraph::default();
        for summary in flow.functions() {
            graph.add(summary);
            let called = summary.events.iter().filter_map(Event::called);
            graph.named.extend(called.map(|called| called.function));
        }
        for entered in flow.endpoints() {
            graph.add(&entered.summary);
        }
        graph.sites.sort_unstable();
        graph.sites.dedup();
        graph.turn();
        graph
    }

    fn add(&mut self, summary: &Arc<Summary>) -> u32 {
        let next = number(self.runs.len());
        let known = *self.numbers.entry(place(summary)).or_insert(next);
        if known != next {
            return known;
        }
        self.runs.push(Run {
            summary: Arc::clone(summary),
            callees: (0, 0),
            callers: (0, 0),
            answers: false,
        });
        let mut callees = Vec::new();
        let mut answers = false;
        for event in &summary.events {
            match &event.kind {
                EventKind::Query(query) => self.sending.entry(query.call).or_default().push(next),
                EventKind::Call { at, summary } => {
                    let callee = self.add(summary);
                    callees.push(callee);
                    answers |= self.runs[callee as usize].answers;
                    self.sites.push((summary.function, *at));
                }
                EventKind::Answer { .. } => answers = true,
                _ => {}
            }
        }
        let first = number(self.callees.len());
        self.callees.extend(callees);
        let run = &mut self.runs[next as usize];
        run.callees = (first, number(self.callees.len()));
        run.answers = answers;
        next
    }

    /// Notes who calls each.
    fn turn(&mut self) {
        for callee in &self.callees {
            self.runs[*callee as usize].callers.1 += 1;
        }
        let mut end = 0;
        for run in &mut self.runs {
            let first = end;
            end += run.callers.1;
            run.callers = (first, first);
        }
        self.callers = vec![0; self.callees.len()];
        for (caller, n) in (0u32..).zip(0..self.runs.len()) {
            let (first, end) = self.runs[n].callees;
            for at in first..end {
                let callee = &mut self.runs[self.callees[at as usize] as usize];
                self.callers[callee.callers.1 as usize] = caller;
                callee.callers.1 += 1;
            }
        }
    }

    fn number(&self, summary: &Summary) -> Option<u32> {
        self.numbers.get(&place(summary)).copied()
    }

    fn callees(&self, run: u32) -> &[u32] {
        let (first, end) = self.runs[run as usize].callees;
        &self.callees[first as usize..end as usize]
    }

    /// Whether a function, or what it calls, sends something to who asks.
    pub(crate) fn answers(&self, summary: &Summary) -> bool {
        let run = self.number(summary);
        run.is_none_or(|run| self.runs[run as usize].answers)
    }

    /// The places where a function is called.
    pub fn sites(&self, function: FunctionRef) -> impl Iterator<Item = ExpressionRef> {
        let first = self.sites.partition_point(|(called, _)| *called < function);
        let rest = self.sites[first..].iter();
        rest.take_while(move |(called, _)| *called == function)
            .map(|(_, at)| *at)
    }

    /// Whether a function that was followed on its own calls this one.
    #[must_use]
    pub fn is_called(&self, function: FunctionRef) -> bool {
        self.named.contains(&function)
    }

    /// What comes to one of these queries.
    #[must_use]
    pub fn coming_to(&self, wanted: &FxHashSet<CallId>) -> Coming<'_> {
        let sending = wanted.iter().filter_map(|call| self.sending.get(call));
        let mut waiting: Vec<u32> = sending.flatten().copied().collect();
        let mut runs = vec![false; self.runs.len()];
        while let Some(run) = waiting.pop() {
            if !std::mem::replace(&mut runs[run as usize], true) {
                let (first, end) = self.runs[run as usize].callers;
                waiting.extend(&self.callers[first as usize..end as usize]);
            }
        }
        Coming { graph: self, runs }
    }
}

impl Coming<'_> {
    /// Whether a summary does.
    #[must_use]
    pub fn holds(&self, summary: &Summary) -> bool {
        let run = self.graph.number(summary);
        run.is_some_and(|run| self.runs[run as usize])
    }
}

/// What functions do, themselves and through others, each summary gone through once.
#[derive(Debug)]
pub struct Once<'g> {
    graph: &'g CallGraph,
    seen: Vec<bool>,
}

impl<'g> Once<'g> {
    /// In this flow.
    #[must_use]
    pub fn of(flow: &'g Flow) -> Self {
        let graph = flow.call_graph();
        Once {
            graph,
            seen: vec![false; graph.runs.len()],
        }
    }

    /// Shows `each` the events of a function of the flow and of those it calls, in order.
    pub fn visit(&mut self, summary: &Summary, each: &mut dyn FnMut(&'g Event)) {
        if let Some(run) = self.graph.number(summary) {
            self.run(run, each);
        }
    }

    fn run(&mut self, run: u32, each: &mut dyn FnMut(&'g Event)) {
        if std::mem::replace(&mut self.seen[run as usize], true) {
            return;
        }
        let mut callees = self.graph.callees(run).iter();
        for event in &self.graph.runs[run as usize].summary.events {
            each(event);
            if let EventKind::Call { .. } = event.kind
                && let Some(callee) = callees.next()
            {
                self.run(*callee, each);
            }
        }
    }
}

fn place(summary: &Summary) -> usize {
    std::ptr::from_ref(summary).addr()
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
