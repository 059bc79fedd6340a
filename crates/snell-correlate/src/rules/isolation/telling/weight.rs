//! What speaks for the code: how severe a finding is.

use snell_project::{client::Operation, ownership::Ownership};
use snell_source::{DiagnosticBuilder, Severity};

use super::{consequence, milder};
use crate::{
    rule::Context,
    rules::isolation::{
        exposure::{Exposure, Fault},
        people, published,
        reach::{changes, parent},
        survey::survey,
        tenant,
    },
};

/// Lowers a finding by what speaks for the code.
pub(super) fn weighed(
    context: &Context<'_>,
    mut finding: DiagnosticBuilder,
    exposure: &Exposure,
    profile: bool,
) -> DiagnosticBuilder {
    let operation = context.project.calls.get(exposure.call).operation;
    let reads = matches!(
        exposure.fault,
        Fault::Read(_) | Fault::List | Fault::First | Fault::Raw { writes: false, .. }
    ) || matches!(exposure.fault, Fault::Owner(_)) && !operation.is_write();
    for why in doubts(context, exposure, operation, reads) {
        finding = finding.lowered(Severity::High, why);
    }
    if profile {
        finding = finding.lowered(
            Severity::Low,
            "the person of the same key is given back as others see them: it may be a part of that profile",
        );
    }
    if matches!(exposure.fault, Fault::Write(_))
        && !tenant::is_room(context, exposure.model)
        && exposure
            .guarded
            .is_some_and(|at| context.project.calls.get(at).operation.is_create())
    {
        // What every tenant has of its own is no page for all.
        let to = match tenant::is_owned(context, exposure.model) {
            true => Severity::High,
            false => Severity::Medium,
        };
        finding = finding.lowered(to, "that it is made for who asks alone says whose it is");
    }
    if is_kept_by_policies(context, exposure) {
        finding = finding.lowered(
            Severity::Medium,
            "the database's policies keep the row itself: nothing of it is read by way of the reference",
        );
    }
    finding = by_who_says_so(context, finding, exposure, reads);
    if let Some(why) = milder::why(context, exposure, reads) {
        finding = finding.lowered(Severity::Medium, why);
    }
    if survey(context).assigned.has(exposure.model) {
        finding = finding.lowered(
            Severity::Medium,
            "no column but the one of whom it was given to names a person, and others are shown such rows",
        );
    }
    if exposure.of_role {
        return finding.lowered(
            Severity::High,
            "no other endpoint says so: who has the role has it in one tenant, and the client names which",
        );
    }
    let of_another = exposure.presumed
        && matches!(exposure.fault, Fault::Write(_))
        && people::is_identity(context, exposure.model);
    if of_another {
        finding = finding.lowered(
            Severity::High,
            "no other endpoint keeps people to what they are themselves",
        );
    } else if let Some(why) = milder(exposure, operation) {
        finding = finding.lowered(Severity::Medium, why);
    }
    finding
}

/// Whether a row that is referred to is seen by nobody whom policies keep from it, for a client that works under them.
/// Foreign keys are checked beside them (<https://www.postgresql.org/docs/current/ddl-rowsecurity.html>).
fn is_kept_by_policies(context: &Context<'_>, exposure: &Exposure) -> bool {
    let Fault::Reference(reference) = &exposure.fault else {
        return false;
    };
    let schemas = &context.project.schemas;
    let schema = schemas.get(reference.target.schema);
    let client = &context.project.calls.get(exposure.call).client;
    client.takes_queries_over() && schema.is_under_policies(schemas.model(reference.target))
}

/// What keeps a finding from being critical.
fn doubts(
    context: &Context<'_>,
    exposure: &Exposure,
    operation: Operation,
    reads: bool,
) -> Vec<&'static str> {
    let copied = matches!(&exposure.fault, Fault::Copied(copied) if copied.owner);
    let swept = exposure.fault == Fault::Sweep && !operation.is_write();
    let all = [
        (reads, "the row is read, not changed"),
        (
            exposure.alike > 0,
            "a right is asked for; that it is one over one's own rows, only the other endpoints say",
        ),
        (
            matches!(exposure.fault, Fault::Posed(_)),
            "the other endpoints alone say that it should be who is signed in",
        ),
        (
            copied,
            "whose it is, the client says by the row that it names",
        ),
        (
            swept,
            "the rows are changed one by one, as housekeeping would",
        ),
        (
            exposure.slight,
            "only how the row is shown changes, and it is not given back",
        ),
        (
            is_of_tenant(context, exposure),
            "no other endpoint keeps such rows to their tenant: that it is kept itself says so",
        ),
        (
            exposure.of_kind,
            "no other endpoint keeps such rows to their owner: what they are says so",
        ),
    ];
    let held = all.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, why)| why).collect()
}

/// Whether only what is done with the tenant of a row says whose that is.
fn is_of_tenant(context: &Context<'_>, exposure: &Exposure) -> bool {
    let kept = exposure
        .guarded
        .and_then(|place| context.project.calls.get(place).model());
    kept.is_some_and(|kept| kept != exposure.model && tenant::is_tenant(context, kept))
}

/// Lowers what nothing but a name, or other queries, says of whose rows are.
fn by_who_says_so(
    context: &Context<'_>,
    mut finding: DiagnosticBuilder,
    exposure: &Exposure,
    reads: bool,
) -> DiagnosticBuilder {
    let named = matches!(exposure.fault, Fault::Write(_) | Fault::Read(_));
    if named && *context.project.owners.of(exposure.model) == Ownership::Global {
        finding = finding.lowered(
            Severity::High,
            "only what the column is called says which row it names",
        );
    } else if let Fault::Write(keyed) = &exposure.fault
        && !keyed.by_unique
        && !keyed.field.contains('.')
        && parent(context, exposure.model, &keyed.field).is_none()
    {
        finding = finding.lowered(
            Severity::High,
            "that the rows which it names together are one's own, only another query says",
        );
    }
    if let Some(group) = exposure.of_members {
        let listed = survey(context).evidence.lists_for_others(group);
        let (to, why) = match (listed, reads) {
            (true, _) => (Severity::Medium, "groups are listed for everybody"),
            (false, true) => (Severity::Medium, "only other endpoints ask for members"),
            (false, false) => (Severity::High, "only other endpoints ask for members"),
        };
        finding = finding.lowered(to, why);
    }
    finding
}

/// Lowers a read of what others may be meant to see: groups that are searched, and what a row is called
/// beside whether who asks has a part in it.
pub(super) fn by_what_is_shown(
    context: &Context<'_>,
    finding: DiagnosticBuilder,
    exposure: &Exposure,
) -> DiagnosticBuilder {
    if exposure.fault == Fault::List
        && tenant::is_tenant(context, exposure.model)
        && consequence::is_searched(context, exposure)
    {
        return finding.lowered(
            Severity::Low,
            "groups are searched by what they are called: they may be there to be found",
        );
    }
    let (Fault::Read(_) | Fault::Owner(_) | Fault::Asked(_)) = exposure.fault else {
        return finding;
    };
    let operation = context.project.calls.get(exposure.call).operation;
    if operation.is_write() {
        return finding;
    }
    if consequence::gives_name_to_outsiders(context, exposure) {
        return finding.lowered(
            Severity::Low,
            "only what it is called is given back, beside whether who asks has a part in it",
        );
    }
    finding
}

/// Whether the rows that an owner's key leads to are read beside a profile of that owner.
pub(super) fn is_of_profile(context: &Context<'_>, exposure: &Exposure) -> bool {
    let reads = !context
        .project
        .calls
        .get(exposure.call)
        .operation
        .is_write();
    let Fault::Owner(keyed) = &exposure.fault else {
        return false;
    };
    let mut walks = context.walks.iter();
    let own = walks.find(|walked| walked.endpoint == exposure.endpoint);
    reads && own.is_some_and(|walked| published::is_profile(context, &walked.walk, &keyed.key))
}

/// Why an exposure is no more than medium.
fn milder(exposure: &Exposure, operation: Operation) -> Option<&'static str> {
    if operation == Operation::Count {
        return Some("a number is given back, and no row");
    }
    if matches!(exposure.fault, Fault::Asked(_) | Fault::Consulted) {
        return Some("no row is given back, only what it decides");
    }
    let one = matches!(&exposure.fault, Fault::Owner(keyed) if keyed.by_unique);
    if exposure.presumed && one && changes(operation) {
        return Some("nothing else says whose the rows are");
    }
    exposure.presumed.then_some(
        "the endpoint asks who is signed in and does not use it; nothing else says whose the rows are",
    )
}
