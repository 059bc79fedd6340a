//! The queries of a function in the order in which they run, calls opened.

use snell_flow::{Event, EventKind, Fact, Facts, Query, Summary};
use snell_project::{client::CallId, module::ExpressionRef};

/// Calls between a function and a query.
const MAX_CHAIN: usize = 3;
/// Queries of one function that are looked at.
const MAX_QUERIES: usize = 120;
/// Events of one function that are looked at.
const MAX_EVENTS: usize = 2_000;

/// A query as a function comes to it.
#[derive(Debug)]
pub(in crate::rules) struct Run<'a> {
    pub(in crate::rules) query: &'a Query,
    /// What holds before it and before each of the calls that lead to it, outermost first.
    held: Vec<&'a Facts>,
    /// The calls that lead to it, outermost first.
    pub(in crate::rules) chain: Vec<ExpressionRef>,
    /// The transaction in which it stands, or from inside which it is reached: the outermost.
    pub(in crate::rules) transaction: Option<CallId>,
}

impl<'a> Run<'a> {
    /// What holds before it, the conditions of the calls that lead to it included.
    pub(in crate::rules) fn facts(&self) -> impl Iterator<Item = &'a Fact> {
        self.held.iter().flat_map(|facts| facts.iter())
    }
}

/// The queries of a function.
pub(in crate::rules) fn queries(summary: &Summary) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    let mut left = MAX_EVENTS;
    collect(
        &summary.events,
        &mut Outer::default(),
        &mut found,
        &mut left,
    );
    found
}

#[derive(Default)]
struct Outer<'a> {
    held: Vec<&'a Facts>,
    chain: Vec<ExpressionRef>,
    transaction: Option<CallId>,
}

fn collect<'a>(
    events: &'a [Event],
    outer: &mut Outer<'a>,
    found: &mut Vec<Run<'a>>,
    left: &mut usize,
) {
    for event in events {
        if *left == 0 || found.len() >= MAX_QUERIES {
            return;
        }
        *left -= 1;
        let transaction = outer.transaction.or(event.transaction);
        match &event.kind {
            EventKind::Query(query) => found.push(Run {
                query,
                held: outer.held.iter().copied().chain([&event.facts]).collect(),
                chain: outer.chain.clone(),
                transaction,
            }),
            EventKind::Call { at, summary } if outer.chain.len() < MAX_CHAIN => {
                let was = std::mem::replace(&mut outer.transaction, transaction);
                outer.held.push(&event.facts);
                outer.chain.push(*at);
                collect(&summary.events, outer, found, left);
                outer.chain.pop();
                outer.held.pop();
                outer.transaction = was;
            }
            _ => {}
        }
    }
}
