//! The queries that seeds run, with what their arguments are there.

use rustc_hash::FxHashSet;
use snell_extract::facts::FunctionId;
use snell_flow::{EventKind, Fact, Loop, Query, Summary};
use snell_project::{client::CallId, module::In};

use super::found::Found;
use crate::rule::Context;

/// A query that a seed runs.
#[derive(Debug)]
pub(super) struct Run<'a> {
    /// The query.
    pub(super) query: &'a Query,
    /// The loops around it, in the functions that lead to it too.
    pub(super) loops: Vec<&'a Loop>,
    /// What holds before it.
    pub(super) facts: Vec<&'a Fact>,
}

/// Calls inside calls are followed this deep.
const DEPTH: u32 = 8;
/// More queries than this are a generator's.
const MOST: usize = 5000;

/// All queries, each as often as the statements of the seeds come to it with other arguments;
/// those that nothing comes to once.
pub(super) fn of<'a>(context: &Context<'a>, found: &Found) -> Vec<Run<'a>> {
    let mut follower = Follower::default();
    for module in &found.entries {
        let body = In {
            module: *module,
            id: FunctionId(u32::MAX),
        };
        if let Some(summary) = context.flow.function(body) {
            follower.follow(summary, &[], &[], DEPTH);
        }
    }
    for module in &found.modules {
        for (call, _) in context.project.calls.of_module(*module) {
            if !follower.seen.contains(&call) {
                let first = context.flow.runs(call).next();
                follower.runs.extend(first.map(|run| Run {
                    query: run.query,
                    loops: run.event.loops.iter().collect(),
                    facts: run.event.facts.iter().collect(),
                }));
            }
        }
    }
    follower.runs
}

#[derive(Default)]
struct Follower<'a> {
    runs: Vec<Run<'a>>,
    seen: FxHashSet<CallId>,
}

impl<'a> Follower<'a> {
    fn follow(&mut self, summary: &'a Summary, loops: &[&'a Loop], facts: &[&'a Fact], depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for event in &summary.events {
            let around: Vec<&Loop> = loops.iter().copied().chain(event.loops.iter()).collect();
            let held: Vec<&Fact> = facts.iter().copied().chain(event.facts.iter()).collect();
            match &event.kind {
                EventKind::Query(query) if self.runs.len() < MOST => {
                    self.seen.insert(query.call);
                    self.runs.push(Run {
                        query,
                        loops: around,
                        facts: held,
                    });
                }
                EventKind::Call { summary, .. } => self.follow(summary, &around, &held, depth),
                _ => {}
            }
        }
    }
}
