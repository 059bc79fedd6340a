//! What rules of other categories ask of ownership as the code keeps it.

use snell_project::{client::CallId, schema::ModelRef};
use snell_source::Location;

use crate::{
    rule::Context,
    rules::isolation::{exposure::Fault, survey::survey},
};

/// Where rows of a model are kept to their owner; `None` when some endpoint gives
/// them to others as well, or none keeps them.
pub(in crate::rules) fn kept_to_owner(context: &Context<'_>, model: ModelRef) -> Option<CallId> {
    let survey = survey(context);
    let kept = survey.evidence.guarded(model)?;
    (!survey.evidence.is_open(model)).then_some(kept)
}

/// Where a row of `model` is made to refer to a row of `target` that the client names,
/// and that nothing ties to who asks.
pub(in crate::rules) fn unverified_reference(
    context: &Context<'_>,
    model: ModelRef,
    target: ModelRef,
) -> Option<Location> {
    let survey = survey(context);
    survey
        .exposures
        .iter()
        .filter(|exposure| exposure.model == model)
        .find_map(|exposure| match &exposure.fault {
            Fault::Reference(reference) if reference.target == target => Some(reference.at),
            _ => None,
        })
}
