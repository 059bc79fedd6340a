//! The rows that rows belong to.

use std::collections::BTreeMap;

use snell_project::{ownership::Ownership, schema::ModelRef};

use crate::rule::Context;

/// The one model through which alone the rows of a model belong to anybody.
pub(super) fn of_all(context: &Context<'_>) -> BTreeMap<ModelRef, ModelRef> {
    let schemas = &context.project.schemas;
    let parent = |child: ModelRef| -> Option<ModelRef> {
        let datamodel = &schemas.get(child.schema).datamodel;
        let Ownership::Owned(chains) = context.project.owners.of(child) else {
            return None;
        };
        // Of one step, the end is an owner beside.
        if chains.iter().any(|chain| chain.relations.len() < 2) {
            return None;
        }
        // Where no row needs an owner, all that can have one have it by the one parent.
        let needed = chains.iter().any(|chain| chain.required);
        let mut first = chains
            .iter()
            .filter(|chain| chain.required || !needed)
            .map(|chain| datamodel.target(&datamodel[chain.relations[0]]));
        let only = first.next()??;
        first
            .all(|other| other.is_some_and(|other| other.id == only.id))
            .then_some(ModelRef {
                schema: child.schema,
                model: only.id,
            })
    };
    let models = schemas.models();
    models
        .filter_map(|(child, ..)| Some((child, parent(child)?)))
        .collect()
}
