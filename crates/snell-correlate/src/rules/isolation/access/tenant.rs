//! What a role or a permission within a tenant does not reach: rows of another.

use smol_str::SmolStr;
use snell_project::{
    endpoint::Endpoint,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::exposure::{Exposure, Fault},
    support::name_words::split,
};

/// Whether an exposure reaches rows of another tenant, whatever one may do in one's own.
pub(in crate::rules::isolation) fn crosses(context: &Context<'_>, exposure: &Exposure) -> bool {
    let reached = match &exposure.fault {
        // What is put into a tenant is a row of that.
        Fault::Reference(reference) if is_tenant(context, reference.target) => exposure.model,
        Fault::Reference(reference) => reference.target,
        _ => exposure.model,
    };
    // A role does not say in which of the tenants somebody has it.
    let of_tenant = || matches!(exposure.fault, Fault::Write(_)) && is_tenant(context, reached);
    let told = !exposure.presumed || exposure.of_role;
    told && (is_owned(context, reached) || of_tenant())
}

/// Whether a role that an endpoint asks for is called after the tenant that rows of a model belong to: `SALON_OWNER`.
/// Who has it has it in one of them.
pub(in crate::rules::isolation) fn is_called_after(
    context: &Context<'_>,
    endpoint: &Endpoint,
    model: ModelRef,
) -> bool {
    let Ownership::Owned(chains) = context.project.owners.of(model) else {
        return false;
    };
    let schemas = &context.project.schemas;
    chains.iter().any(|chain| {
        let root = ModelRef {
            schema: model.schema,
            model: chain.root,
        };
        let name = split(&schemas.model(root).name);
        let after = |role: &SmolStr| {
            let words = split(role);
            words.len() > name.len() && words.windows(name.len()).any(|part| part == name)
        };
        is_tenant(context, root) && endpoint.access.roles.iter().any(after)
    })
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
