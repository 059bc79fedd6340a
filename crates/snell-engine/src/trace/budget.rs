//! How many queries one request runs.

use std::collections::BTreeMap;

use snell_flow::scope::EndpointPaths;
use snell_project::client::Operation;
use snell_report::trace::Budget;

use crate::{Analysis, facts};

/// Queries with the same loops around them are one term of the sum.
pub(super) fn of(analysis: &Analysis, ways: &EndpointPaths) -> Budget {
    let mut budget = Budget::default();
    let mut repeated: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (call, way) in &ways.queries {
        if analysis.project.calls.get(*call).operation == Operation::Transaction {
            continue;
        }
        if way.loops.is_empty() {
            budget.once += 1;
        } else {
            let over = way.loops.iter().map(|at| facts::iterated(analysis, *at));
            *repeated.entry(over.collect()).or_default() += 1;
        }
    }
    budget.repeated = repeated.into_iter().collect();
    budget
        .repeated
        .sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    budget
}
