//! What a role or a permission within a tenant does not reach: rows of another.

use smol_str::SmolStr;
use snell_prisma::Field;
use snell_project::{
    endpoint::Endpoint,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        exposure::{Exposure, Fault},
        people,
    },
    support::name_words::split,
};

/// Whether an exposure reaches rows of another tenant, whatever one may do in one's own.
pub(in crate::rules::isolation) fn crosses(
    context: &Context<'_>,
    entry: &Entry<'_>,
    exposure: &Exposure,
) -> bool {
    let reached = match &exposure.fault {
        // What is put into a tenant is a row of that.
        Fault::Reference(reference) if is_tenant(context, reference.target) => exposure.model,
        Fault::Reference(reference) => reference.target,
        _ => exposure.model,
    };
    // A role does not say in which of the tenants somebody has it.
    let of_tenant = || {
        let member = || people::is_identity(context, reached) && is_of_tenant(context, reached);
        matches!(exposure.fault, Fault::Write(_)) && (is_tenant(context, reached) || member())
    };
    // Where the role is one within a tenant, what belongs to its people is beyond it in others.
    let of_member = || !entry.endpoint.access.within.is_empty() && is_of_member(context, reached);
    let told = !exposure.presumed || exposure.of_role;
    told && (is_owned(context, reached) || of_tenant() || of_member())
}

/// Whether rows of a model belong to people who are in a group.
fn is_of_member(context: &Context<'_>, model: ModelRef) -> bool {
    belongs_to(context, model, |root| {
        people::is_identity(context, root) && is_of_tenant(context, root)
    })
}

/// Whether rows of a model belong to one of which something holds.
fn belongs_to(context: &Context<'_>, model: ModelRef, holds: impl Fn(ModelRef) -> bool) -> bool {
    let Ownership::Owned(chains) = context.project.owners.of(model) else {
        return false;
    };
    chains.iter().any(|chain| {
        holds(ModelRef {
            schema: model.schema,
            model: chain.root,
        })
    })
}

/// Whether a role that an endpoint asks for is called after the tenant that rows of a model belong to: `SALON_OWNER`.
/// Who has it has it in one of them.
pub(in crate::rules::isolation) fn is_called_after(
    context: &Context<'_>,
    endpoint: &Endpoint,
    model: ModelRef,
) -> bool {
    let schemas = &context.project.schemas;
    belongs_to(context, model, |root| {
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
    belongs_to(context, model, |root| is_tenant(context, root))
}

/// Whether rows of a model say of which group they are, each or some of them.
fn is_of_tenant(context: &Context<'_>, model: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    let mut sides = declared.relation_fields().filter_map(Field::relation);
    sides.any(|side| {
        let group = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        side.holds_key && is_tenant(context, group)
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
