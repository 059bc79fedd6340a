//! What is private below rows that are: those that a query names by a key of another row.

use snell_flow::scope::{Reached, Verdict, takes_over};
use snell_project::{client::CallId, schema::ModelRef};

use super::Evidence;
use crate::{
    rule::Context,
    rules::isolation::{kinds, offered, reach::changes},
};

impl Evidence {
    /// Notes a query that gives rows to users whom they do not belong to, and whether that is a fault itself.
    pub(super) fn add_shared(&mut self, model: ModelRef, call: CallId, fault: bool) {
        self.shared.entry(model).or_default().insert(call);
        if fault {
            self.changed.entry(model).or_default().insert(call);
        }
    }

    /// Where rows of a parent are given back to their owner, of which nothing else than `call` gives others any but by
    /// mistake: what is below them is as private.
    pub(in crate::rules::isolation) fn private_below(
        &self,
        context: &Context<'_>,
        (model, parent): (ModelRef, ModelRef),
        call: CallId,
    ) -> Option<CallId> {
        self.private(parent, call).or_else(|| {
            let place = self.given_back.get(&parent).copied()?;
            let for_all = |one: ModelRef| kinds::is_for_all(context, one);
            let listed = self.listed_for_others.contains_key(&parent)
                || self.listed_at_large.contains(&parent);
            let open = listed || self.opened.contains(&parent) || self.is_acted_on(parent);
            if open || for_all(model) || for_all(parent) {
                return None;
            }
            let by_mistake = || {
                let calls = self.shared.get(&parent).into_iter().flatten();
                let changed = self.changed.get(&parent);
                let is_told = |one: &CallId| changed.is_some_and(|changed| changed.contains(one));
                calls.into_iter().all(|one| *one == call || is_told(one))
            };
            let mostly = || self.is_mostly_kept(parent) && !self.opened.contains(&model);
            (by_mistake() || mostly()).then_some(place)
        })
    }
}

/// Whether a query changes whatever row the client names, and nothing says that it is meant to be one of others: what it
/// answers with says nothing of who may see such rows.
pub(super) fn is_fault(
    context: &Context<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
    verdict: &Verdict,
) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let takes = || {
        let arguments = reached.query.arguments.first();
        arguments.is_some_and(|arguments| takes_over(context.project, model, arguments))
    };
    changes(call.operation)
        && matches!(verdict, Verdict::ClientKeyOnly(_))
        && !takes()
        && !offered::is_for_others(context, reached, model)
}
