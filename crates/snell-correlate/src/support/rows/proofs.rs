//! Rows whose being there proves what was sent: who asks is a member of the group that they name.

use snell_flow::{
    Fact, Facts, RowOrigin, Value,
    scope::{Origin, leaves, origins},
};
use snell_project::{Project, client::Operation};

/// By what a value was proved before a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By no row.
    None,
    /// By rows that a filter found: one that `undefined` drops, and that takes operators.
    Filtered,
    /// By a row that its key names, for which the client takes a plain value alone.
    Keyed,
}

/// What rows that are there say of a value.
pub(crate) fn of(project: &Project, facts: &Facts, value: &Value) -> Proof {
    let mut proof = Proof::None;
    for fact in facts {
        let Fact::Truthy(known) = fact else { continue };
        origins(known, &mut |origin| {
            let Origin::Row(row, _) = origin else { return };
            match (asks_for(row, value), project.calls.get(row.call).operation) {
                (true, Operation::FindUnique | Operation::FindUniqueOrThrow) => {
                    proof = Proof::Keyed
                }
                (true, _) if proof == Proof::None => proof = Proof::Filtered,
                _ => {}
            }
        });
    }
    proof
}

fn asks_for(row: &RowOrigin, value: &Value) -> bool {
    let filter = row
        .arguments
        .as_object()
        .and_then(|arguments| arguments.entries.get("where"));
    let all = filter.and_then(|filter| leaves(&filter.value));
    let mut all = all.into_iter().flatten();
    all.any(|leaf| leaf.value == value && !leaf.weak)
}
