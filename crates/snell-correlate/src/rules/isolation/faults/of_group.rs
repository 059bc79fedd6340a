//! Rows of a group that the client names by what may be handed round (a slug): that groups have members,
//! of whom other endpoints ask, says that naming one is not enough.

use snell_flow::scope::{Origin, Reached, Verdict, asks_of_row, origins, told, verdict};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        reach::{changes, escapes, only_counts},
        slight,
    },
};

/// What a query does with rows of the group that the client names, where nothing asks who is in it.
pub(in crate::rules::isolation) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Option<Exposure> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let trust = reached.trust();
    if entry.limited || verdict(project, reached, trust) != Verdict::Unknown {
        return None;
    }
    let Some(Verdict::ClientKeyOnly(keyed)) = told(project, entry.walk, reached, trust) else {
        return None;
    };
    let arguments = reached.query.arguments.first()?;
    let open = match changes(call.operation) {
        true => entry.is_blind_of_rows(reached, trust, false) && !only_counts(arguments),
        false => call.operation.finds_rows() && escapes(entry, reached),
    };
    // By its own key, or by that of a row of the group.
    let by_row = || evidence.members(context, model, &Fault::Write(keyed.clone()));
    let fault = Fault::Owner(keyed.clone());
    let by_group = evidence.members(context, model, &fault);
    let (group, guarded) = by_group.or_else(by_row).filter(|_| open)?;
    // What is asked of a row on the way may say whom it is for.
    let mut asked = false;
    origins(arguments, &mut |origin| {
        if let Origin::Row(row, _) = origin {
            asked |= asks_of_row(project, &reached.facts, row);
        }
    });
    (!asked).then(|| Exposure {
        guarded: Some(guarded),
        of_members: Some(group),
        slight: slight::is_slight(context, entry, reached, model),
        ..Exposure::of(entry, reached, model, fault)
    })
}
