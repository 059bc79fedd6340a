//! What a role or a permission within a tenant does not reach: rows of another.

use snell_project::{
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::exposure::{Exposure, Fault},
};

/// Whether an exposure reaches rows of another tenant, whatever one may do in one's own.
pub(in crate::rules::isolation) fn crosses(context: &Context<'_>, exposure: &Exposure) -> bool {
    let reached = match &exposure.fault {
        Fault::Reference(reference) => reference.target,
        _ => exposure.model,
    };
    // A role does not say in which of the tenants somebody has it.
    let of_tenant = || matches!(exposure.fault, Fault::Write(_)) && is_tenant(context, reached);
    !exposure.presumed && (is_owned(context, reached) || of_tenant())
}

/// Whether rows of a model belong to groups of people.
pub(in crate::rules::isolation) fn is_owned(context: &Context<'_>, model: ModelRef) -> bool {
    let Ownership::Owned(chains) = context.project.owners.of(model) else {
        return false;
    };
    chains.iter().any(|chain| {
        let root = ModelRef {
            schema: model.schema,
            model: chain.root,
        };
        is_tenant(context, root)
    })
}

/// Whether rows of a model are groups of people.
pub(in crate::rules::isolation) fn is_tenant(context: &Context<'_>, model: ModelRef) -> bool {
    *context.project.owners.of(model) == Ownership::Root(RootKind::Tenant)
}

/// Whether rows of a model are what some people share.
pub(in crate::rules::isolation) fn is_room(context: &Context<'_>, model: ModelRef) -> bool {
    *context.project.owners.of(model) == Ownership::Root(RootKind::Room)
}
