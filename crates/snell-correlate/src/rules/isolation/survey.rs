//! Every query that an endpoint lets run on rows of anybody.

use std::sync::Arc;

use snell_flow::scope::{asks_for_role, is_in_no_group};
use snell_project::endpoint::EndpointKind;

use super::{
    administrators,
    assigned::Assigned,
    beside, doors,
    entries::entries,
    evidence::Evidence,
    exposure::{Exposure, Fault, Survey},
    judged,
    made::is_said_by_creates,
    people, posed,
    rights::OfRights,
    same, tenant,
};
use crate::rule::Context;

/// All of them, in the order of endpoints; made when the first rule asks.
pub(super) fn survey(context: &Context<'_>) -> Arc<Survey> {
    context.shared.get_or_init(|| look(context))
}

fn look(context: &Context<'_>) -> Survey {
    let project = context.project;
    let entries = entries(context);
    let evidence = Evidence::gather(context, &entries, false);
    let assigned = Assigned::gather(context, &entries, &evidence);
    let of_rights = OfRights::gather(context, &entries);
    let administrators = administrators::administrators(&entries);
    let habits = posed::Habits::gather(context, &entries);
    let mut found: Vec<Exposure> = Vec::new();
    for entry in &entries {
        if entry.walk.cut || entry.endpoint.kind == EndpointKind::Message {
            continue;
        }
        found.extend(doors::faults(context, entry, &entries, &evidence));
        let reaches = entry.walk.queries.iter().enumerate();
        let mut posed = reaches.filter_map(|(position, reached)| {
            posed::fault(context, entry, position, reached, &habits)
        });
        let before = found.len();
        found.extend(posed.next());
        let poses = found.len() > before;
        if !entry.is_open_to_every_user() {
            continue;
        }
        for (position, reached) in entry.walk.queries.iter().enumerate() {
            // Who has a role that is asked for here may see what belongs to others.
            let of_all = || entry.endpoint.access.over_all && is_in_no_group(&reached.facts);
            if asks_for_role(project, &reached.facts) || of_all() || !entry.is_signed_in_at(reached)
            {
                continue;
            }
            let mut faults = judged::faults(context, entry, position, reached, &evidence);
            if is_said_by_creates(context, &faults)
                && let Some(shared) =
                    administrators::fault(context, entry, reached, &evidence, &administrators)
            {
                faults = vec![shared];
            }
            // Whose rows are used is told by who the client says that it is.
            if poses {
                faults.retain(|one| !matches!(one.fault, Fault::Owner(_) | Fault::Asked(_)));
            }
            if entry.limited {
                faults.retain(|exposure| {
                    tenant::crosses(context, entry, exposure)
                        || entry.taken && changes(context, exposure)
                });
                if faults.is_empty() {
                    faults = of_rights.faults(context, entry, position, reached);
                }
            }
            for exposure in faults {
                same::add(context, &mut found, exposure);
            }
        }
    }
    same::drop_told_by_key(context, &mut found);
    // To whom something is given, others say on purpose.
    let given = |model| assigned.has(model) || people::gives_parts(context, model);
    found.retain(|one| !(matches!(one.fault, Fault::NewOwner(_)) && given(one.model)));
    let beside = |exposure: &&mut Exposure| !matches!(exposure.fault, Fault::Posed(_));
    for exposure in found.iter_mut().filter(beside) {
        exposure.guarded = exposure.guarded.map(|place| {
            let evidence = match exposure.alike {
                0 => &evidence,
                _ => &of_rights.evidence,
            };
            let clearest = evidence.clearest(project, place);
            if clearest == exposure.call {
                place
            } else {
                clearest
            }
        });
    }
    Survey {
        exposures: same::once_for_each_class(
            project,
            same::shortest_ways(project, beside::told_by_rows(found)),
        ),
        evidence,
        assigned,
    }
}

/// Whether a fault is that rows are changed, not that some are shown or referred to.
fn changes(context: &Context<'_>, exposure: &Exposure) -> bool {
    let operation = context.project.calls.get(exposure.call).operation;
    operation.is_write()
        && !operation.is_create()
        && matches!(exposure.fault, Fault::Write(_) | Fault::Owner(_))
}
