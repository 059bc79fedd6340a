//! How many queries one request runs.

use std::collections::BTreeMap;

use snell_flow::{
    LoopKind,
    scope::{EndpointPaths, Round},
};
use snell_project::client::Operation;
use snell_report::trace::Budget;

use crate::{Analysis, facts};

/// Queries with the same loops around them are one term of the sum. Prisma makes one query of the `findUnique` calls of one
/// tick: those that begin the rounds of a callback which runs for each element at once.
pub(super) fn of(analysis: &Analysis, ways: &EndpointPaths) -> Budget {
    let mut budget = Budget::default();
    let mut repeated: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut begun: Vec<&[Round]> = Vec::new();
    for (call, way) in &ways.queries {
        let operation = analysis.project.calls.get(*call).operation;
        if operation == Operation::Transaction {
            continue;
        }
        let loops = way.loops.as_slice();
        let first = !begun.contains(&loops);
        if first {
            begun.push(loops);
        }
        let by_key = matches!(
            operation,
            Operation::FindUnique | Operation::FindUniqueOrThrow
        );
        let loops = match loops.split_last() {
            Some((last, outer)) if first && by_key && last.kind == LoopKind::Callback => outer,
            _ => loops,
        };
        if loops.is_empty() {
            budget.once += 1;
        } else {
            let over = loops
                .iter()
                .map(|around| facts::iterated(analysis, around.at));
            *repeated.entry(over.collect()).or_default() += 1;
        }
    }
    budget.repeated = repeated.into_iter().collect();
    budget
        .repeated
        .sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    budget
}
