//! What is made for who asks, and for their tenant, where nothing else says whose it is.

use snell_flow::scope::Keyed;
use snell_project::{client::CallId, ownership::Ownership, schema::ModelRef};

use super::Evidence;
use crate::{
    rule::Context,
    rules::isolation::{reach, references, tenant},
};

/// So many other models whose rows are kept to their tenants say that those of one are as well.
const KEPT_BESIDE: usize = 3;

impl Evidence {
    /// Where rows of a model are made for who asks, in an application that keeps rows to their owners.
    pub(in crate::rules::isolation) fn made(&self, model: ModelRef) -> Option<CallId> {
        let keeps = self.guarded.keys().any(|kept| *kept != model);
        let place = self.made.for_person(model);
        place.filter(|_| keeps && self.guarded(model).is_none())
    }

    /// Where rows of a model that nothing shows to everybody are made for the tenant of who asks.
    pub(in crate::rules::isolation) fn made_for_tenant(&self, model: ModelRef) -> Option<CallId> {
        let place = self.made.for_tenant(model);
        place.filter(|_| !self.opened.contains(&model))
    }

    /// Where rows of a model are made for the tenant of who asks, when nothing else says whose they are,
    /// in an application that keeps rows of other models to their tenants.
    pub(in crate::rules::isolation) fn made_in_tenant(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        keyed: &Keyed,
    ) -> Option<CallId> {
        let place = self.made.for_tenant(model)?;
        let others = self.guarded.keys().filter(|kept| **kept != model);
        let keeps = others
            .filter(|kept| tenant::is_owned(context, **kept))
            .count();
        let at_large =
            |model: &ModelRef| self.opened.contains(model) || self.listed_at_large.contains(model);
        // What belongs to a row that everybody may look through is shown beside it.
        let parent = reach::parent(context, model, &keyed.field);
        let open = at_large(&model) || parent.as_ref().is_some_and(at_large);
        (keeps >= KEPT_BESIDE && !open && self.guarded(model).is_none()).then_some(place)
    }

    /// Where a tenant is kept to those who are in it, of a model whose rows belong to such tenants and to nobody else,
    /// when nothing says more of these: what is a part of it is theirs to change.
    pub(in crate::rules::isolation) fn of_tenant(
        &self,
        context: &Context<'_>,
        model: ModelRef,
    ) -> Option<CallId> {
        let Ownership::Owned(chains) = context.project.owners.of(model) else {
            return None;
        };
        let [chain] = chains.as_slice() else {
            return None;
        };
        let owner = ModelRef {
            schema: model.schema,
            model: chain.root,
        };
        let part = chain.required
            && chain.relations.len() == 1
            && tenant::is_tenant(context, owner)
            && !self.opened.contains(&model)
            && !self.is_acted_on(model)
            && !references::tells(context, model);
        self.guarded.get(&owner).copied().filter(|_| part)
    }
}
