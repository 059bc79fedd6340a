//! What some make for others to look through: rows that only those with a role can make, and that
//! are listed for everybody who is signed in. Places to rent, courses, shops.

use rustc_hash::FxHashSet;
use snell_flow::scope::{Verdict, verdict};
use snell_project::{client::Operation, schema::ModelRef};

use crate::{
    rule::Context,
    rules::isolation::{entries::Entry, reach::escapes, tenant},
};

/// The models whose rows are offered. What belongs to a group is not: who is in another one has a
/// role in that alone.
pub(super) fn offers(context: &Context<'_>, entries: &[Entry<'_>]) -> FxHashSet<ModelRef> {
    let mut with_role: FxHashSet<ModelRef> = FxHashSet::default();
    let mut by_anybody: FxHashSet<ModelRef> = FxHashSet::default();
    let mut listed: FxHashSet<ModelRef> = FxHashSet::default();
    for entry in entries {
        for reached in &entry.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let Some(model) = call.model() else { continue };
            if call.operation.is_create() {
                let with = entry.limited || entry.endpoint.access.ordinary;
                match with {
                    true => with_role.insert(model),
                    false => by_anybody.insert(model),
                };
            } else if call.operation == Operation::FindMany
                && !entry.limited
                && entry.is_open_to_every_user()
                && escapes(entry, reached)
                && verdict(context.project, reached, reached.trust()) == Verdict::Unfiltered
            {
                listed.insert(model);
            }
        }
    }
    with_role.retain(|model| {
        listed.contains(model) && !by_anybody.contains(model) && !tenant::is_owned(context, *model)
    });
    with_role
}
