//! What an endpoint lets one query do with rows of anybody, and what speaks for its being a fault.

use snell_flow::{
    Step,
    scope::{
        Escape, Keyed, Reached, Trust, Verdict, conditions, is_by_likeness, leaves, owner_named,
        takes_over, verdict,
    },
};
use snell_prisma::ScalarType;
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        asked_whole, beside, either,
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        included, of_group, offered, people, posed, raw_owner,
        reach::{changes, escapes, given_back, only_counts, only_reckons, parent},
        references, slight, tenant, uses,
    },
    support::refused::is_refused,
};

/// What an endpoint lets one query do with rows of anybody.
pub(in crate::rules::isolation) fn faults(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Vec<Exposure> {
    let mut faults: Vec<Exposure> = exposure(context, entry, position, reached, evidence)
        .into_iter()
        .collect();
    if faults.is_empty() {
        faults.extend(asked_whole::fault(context, entry, reached, evidence));
    }
    if faults.is_empty() {
        faults.extend(of_group::fault(context, entry, reached, evidence));
        faults.extend(references::soft::fault(context, entry, reached, evidence));
    }
    faults.extend(either::fault(context, entry, reached, evidence));
    faults.extend(raw_owner::fault(context, entry, reached, evidence));
    faults.extend(references::faults(context, entry, reached, evidence));
    faults.extend(included::faults(context, entry, reached, evidence));
    faults
}

fn exposure(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Option<Exposure> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let arguments = reached.query.arguments.first();
    if arguments.is_some_and(|arguments| is_refused(call.operation, arguments)) {
        return None;
    }
    let trust = reached.trust();
    let verdict = match verdict(project, reached, trust) {
        Verdict::Unknown if entry.asks_nobody() || evidence.limited && entry.is_handed_nobody() => {
            let named = owner_named(project, reached, trust);
            named.map_or(Verdict::Unknown, Verdict::OwnerFromClient)
        }
        known => known,
    };
    let verdict = match verdict {
        Verdict::Unknown => {
            asked_whole::verdict(context, entry, reached, model).unwrap_or(Verdict::Unknown)
        }
        known => known,
    };
    let late_check = late_check(context, entry, position, &verdict);
    let (fault, guarded) = if changes(call.operation) {
        if !entry.is_blind_of_rows(reached, trust, evidence.limited) {
            return None;
        }
        change(context, entry, reached, model, verdict, evidence)?
    } else if uses::changes_each(context, entry, position, reached, &verdict)
        && (!escapes(entry, reached) || is_only_counted(context, entry, reached))
    {
        (Fault::Sweep, Some(evidence.guarded(model)?))
    } else if call.operation.finds_rows() {
        let look = Look {
            context,
            entry,
            position,
            reached,
            model,
            evidence,
            late_check,
        };
        look.fault(verdict)?
    } else {
        beside::fault(context, entry, reached, evidence, verdict)?
    };
    let members = evidence.members(context, model, &fault);
    let members = members.filter(|_| guarded.is_none() && !entry.limited);
    let guarded = guarded.or(members.map(|(_, asked)| asked));
    let of_kind = guarded.is_none() && is_blind_to_people(entry, &fault);
    let of_kind = evidence.of_kind(context, model).filter(|_| of_kind);
    let guarded = guarded.or(of_kind);
    let presumed = guarded.is_none();
    let owned = project.owners.of(model).required_chain().is_some();
    let ignored = owned && entry.ignores_who_asks();
    let own = people::is_identity(context, model)
        && (entry.is_about_who_asks() || is_of_another(context, entry, model, &fault));
    let alone = owned && changes(call.operation) && is_changed_alone(entry, &fault);
    let of_role = presumed
        && entry.endpoint.access.authenticated
        && asks_nobody_which(entry, &fault)
        && tenant::is_called_after(context, entry.endpoint, model);
    if presumed && !ignored && !own && !alone && !of_role {
        return None;
    }
    Some(Exposure {
        late_check,
        guarded: guarded.filter(|guarded| *guarded != reached.query.call),
        presumed,
        of_kind: of_kind.is_some(),
        of_role,
        of_members: members.map(|(group, _)| group),
        first_only: first_only(&fault, trust),
        slight: slight::is_slight(context, entry, reached, model),
        ..Exposure::of(entry, reached, model, fault)
    })
}

/// Whether an endpoint for everybody who is signed in changes the person whom the client names, where people are not
/// all alike: what somebody is belongs to them, though no other endpoint says so.
fn is_of_another(context: &Context<'_>, entry: &Entry<'_>, model: ModelRef, fault: &Fault) -> bool {
    let Fault::Write(keyed) = fault else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let by_key = declared
        .field(&keyed.field)
        .is_some_and(|field| declared.is_id(field.id));
    by_key
        && entry.endpoint.access.authenticated
        && !entry.limited
        && !entry.walk.uses_identity
        && people::differ(context, model)
}

/// Whether everybody who is signed in comes to the rows that they name, and nothing on the way is who asks.
fn is_blind_to_people(entry: &Entry<'_>, fault: &Fault) -> bool {
    entry.endpoint.access.authenticated && !entry.limited && asks_nobody_which(entry, fault)
}

/// Whether the client names the rows, and nothing on the way is who asks.
fn asks_nobody_which(entry: &Entry<'_>, fault: &Fault) -> bool {
    matches!(fault, Fault::Write(_) | Fault::Read(_) | Fault::Owner(_))
        && !entry.walk.uses_identity
        && !entry.walk.mentions_identity
}

/// Whether the one row that somebody has (their settings) is changed for whom a payload names, and
/// nothing on the way is who asks: no other query has to say whose it is.
fn is_changed_alone(entry: &Entry<'_>, fault: &Fault) -> bool {
    let Fault::Owner(keyed) = fault else {
        return false;
    };
    keyed.by_unique
        && posed::is_payload(entry, &keyed.key)
        && entry.endpoint.access.authenticated
        && !entry.limited
        && !entry.walk.uses_identity
}

/// Whether the first of what the client names was looked up, and the others were not.
fn first_only(fault: &Fault, trust: &Trust) -> bool {
    match fault {
        Fault::Write(keyed) | Fault::Read(keyed) => trust.holds_first_of(&keyed.key),
        _ => false,
    }
}

/// What a query changes that is not kept to its owner, and where such rows are.
fn change(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
    verdict: Verdict,
    evidence: &Evidence,
) -> Option<(Fault, Option<CallId>)> {
    let arguments = reached.query.arguments.first();
    let fault = match verdict {
        Verdict::ClientKeyOnly(keyed) => {
            if arguments.is_some_and(|arguments| {
                takes_over(context.project, model, arguments)
                    || only_counts(arguments)
                    || only_reckons(context, model, arguments)
            }) || offered::is_for_others(context, reached, model)
            {
                return None;
            }
            match people::is_identity(context, model) && entry.is_about_who_asks() {
                true => Fault::Owner(keyed),
                false => Fault::Write(keyed),
            }
        }
        // What only goes up by what somebody else did: a tip, a view.
        Verdict::OwnerFromClient(_) if arguments.is_some_and(only_counts) => return None,
        Verdict::OwnerFromClient(keyed) => Fault::Owner(keyed),
        Verdict::Unfiltered => {
            if let Some((keyed, beside)) = evidence.set(context, reached, model) {
                return Some((Fault::Write(keyed), Some(beside)));
            }
            let sweeps = uses::sweeps(context, entry, reached, model);
            return Some((
                Fault::Sweep,
                Some(evidence.guarded(model).filter(|_| sweeps)?),
            ));
        }
        _ => return None,
    };
    let made = || match &fault {
        Fault::Write(keyed) => {
            let in_tenant = || evidence.made_in_tenant(context, model, keyed);
            let of_tenant = || {
                evidence
                    .of_tenant(context, model)
                    .filter(|_| keyed.by_unique)
            };
            let made = evidence.made(model).or_else(in_tenant);
            made.or_else(of_tenant)
        }
        _ => None,
    };
    let of_room = || match &fault {
        Fault::Write(keyed) => evidence.shared(context, model, keyed),
        _ => None,
    };
    // Rows of a thing that is kept to its people, which the client names: who may see none of it changes none.
    let of_owner = || match &fault {
        Fault::Owner(keyed) => {
            let owner = parent(context, model, &keyed.field)?;
            evidence.private(owner, reached.query.call)
        }
        _ => None,
    };
    let guarded = evidence.guarded(model).or_else(made).or_else(of_room);
    Some((fault.clone(), guarded.or_else(of_owner)))
}

/// A query that reads, where it stands.
struct Look<'a, 'e> {
    context: &'a Context<'a>,
    entry: &'e Entry<'e>,
    position: usize,
    reached: &'e Reached<'e>,
    model: ModelRef,
    evidence: &'e Evidence,
    late_check: Option<CallId>,
}

impl Look<'_, '_> {
    /// What is read that is not kept to its owner, and where such rows are.
    fn fault(&self, verdict: Verdict) -> Option<(Fault, Option<CallId>)> {
        let Look {
            context,
            entry,
            reached,
            model,
            evidence,
            ..
        } = *self;
        let call = reached.query.call;
        // Where only the code says whose rows are, it has to say so of reads as well.
        let learned = context.project.owners.is_learned(model);
        if learned && evidence.private(model, call).is_none() {
            return None;
        }
        let identity = people::is_identity(context, model);
        match verdict {
            Verdict::ClientKeyOnly(keyed) => {
                let parent = parent(context, model, &keyed.field);
                let room = parent.filter(|parent| tenant::is_room(context, *parent));
                if identity && room.is_none() {
                    let about = entry.is_about_who_asks() || evidence.limited;
                    let own = about && escapes(entry, reached);
                    let guarded = evidence.guarded(model).filter(|_| evidence.limited);
                    if own {
                        return Some((Fault::Owner(keyed), guarded));
                    }
                    let told =
                        guarded.is_some() && uses::is_told_alone(entry, reached, &keyed, true);
                    return told.then_some((Fault::Asked(keyed), guarded));
                }
                if let Some(claim) = uses::claim(context, entry, reached) {
                    return Some((Fault::Owner(claim), evidence.given_back(model)));
                }
                if !escapes(entry, reached) || evidence.is_on_open_pages(model) {
                    return None;
                }
                let of_parent = || evidence.private_below(context, (model, parent?), call);
                // Who is in a room is seen in others as well: it is those of this one that are asked for.
                let own = evidence.given_back(model).filter(|_| room.is_none());
                let made = || evidence.made_in_tenant(context, model, &keyed);
                let guarded = own.or(self.late_check).or_else(of_parent).or_else(made);
                Some((Fault::Read(keyed), guarded))
            }
            Verdict::OwnerFromClient(keyed) if !identity => self.of_named_owner(keyed),
            Verdict::Unfiltered => {
                let operation = context.project.calls.get(call).operation;
                let list = operation == Operation::FindMany;
                let first = matches!(
                    operation,
                    Operation::FindFirst | Operation::FindFirstOrThrow
                );
                if !list && !first || identity {
                    return None;
                }
                if !self.comes_back() {
                    let told = list && uses::is_consulted(context, entry, reached, model);
                    return told.then_some((Fault::Consulted, Some(evidence.guarded(model)?)));
                }
                if first {
                    let known = is_by_name(context, reached, model);
                    return Some((Fault::First, evidence.given_back(model).filter(|_| !known)));
                }
                if is_only_counted(context, entry, reached) {
                    return None;
                }
                let guarded = evidence
                    .listed(model)
                    .or_else(|| evidence.private(model, call))
                    .or_else(|| self.of_role());
                Some((Fault::List, guarded))
            }
            _ => None,
        }
    }

    /// Where such rows are made for the tenant of who asks, when all of them are listed for a role that is called after
    /// the tenant: who has it works in one.
    fn of_role(&self) -> Option<CallId> {
        let Look {
            context,
            entry,
            model,
            evidence,
            ..
        } = *self;
        let nobody = !entry.walk.uses_identity && !entry.walk.mentions_identity;
        let of_role = entry.endpoint.access.authenticated
            && nobody
            && tenant::is_called_after(context, entry.endpoint, model);
        evidence.made_for_tenant(model).filter(|_| of_role)
    }

    /// The same, where the client names the owner.
    fn of_named_owner(&self, keyed: Keyed) -> Option<(Fault, Option<CallId>)> {
        let Look {
            context,
            entry,
            reached,
            model,
            evidence,
            ..
        } = *self;
        let open = evidence.is_on_open_pages(model);
        if escapes(entry, reached) {
            if open {
                return None;
            }
            let guarded = evidence.given_back(model);
            return Some((Fault::Owner(keyed), guarded.or_else(|| self.of_parents())));
        }
        if uses::decides(context, entry, self.position, reached) {
            return Some((Fault::Owner(keyed), evidence.guarded(model)));
        }
        let kept = || {
            let closed = !open && !evidence.is_open(model);
            evidence.guarded(model).filter(|_| closed)
        };
        let given = evidence.given_back(model).filter(|_| !open);
        let guarded = given.or_else(kept)?;
        let told = uses::is_told_alone(entry, reached, &keyed, evidence.limited);
        told.then_some((Fault::Asked(keyed), Some(guarded)))
    }

    /// Whether rows are given back that nothing ties to who asks, what they have in common with a row
    /// of theirs left out.
    fn comes_back(&self) -> bool {
        let trust = self.reached.trust();
        escapes(self.entry, self.reached)
            || is_by_likeness(self.context.project, self.reached, trust)
                && given_back(self.entry, self.reached, |_, _| true)
    }

    /// Where rows that the condition names beside the owner are kept to theirs.
    fn of_parents(&self) -> Option<CallId> {
        let arguments = self.reached.query.arguments.first()?.as_object()?;
        let leaves = leaves(&arguments.entries.get("where")?.value)?;
        leaves.iter().find_map(|leaf| {
            let parent = parent(self.context, self.model, &leaf.path.join("."))?;
            self.evidence.private(parent, self.reached.query.call)
        })
    }
}

/// Whether all that is given back of a list is how many there are: `rows.length`,
/// `rows.filter(...).length`.
fn is_only_counted(context: &Context<'_>, entry: &Entry<'_>, reached: &Reached<'_>) -> bool {
    let model = context.project.calls.get(reached.query.call).model();
    let declared = model.map(|model| context.project.schemas.model(model));
    if declared.is_none_or(|declared| declared.field("length").is_some()) {
        return false;
    }
    let number = |path: &[Step]| {
        let mut names = path.iter().filter_map(|step| match step {
            Step::Property(name) => Some(name.as_str()),
            _ => None,
        });
        names.next() == Some("length")
    };
    let own = |escape: &&Escape<'_>| escape.row.call == reached.query.call;
    let mut escapes = entry.walk.escapes.iter().filter(own);
    escapes.all(|escape| number(escape.path))
}

/// A query in scope that holds the same key, after this one.
fn late_check(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    found: &Verdict,
) -> Option<CallId> {
    let Verdict::ClientKeyOnly(keyed) = found else {
        return None;
    };
    if !entry.walk.trust().holds(&keyed.key) {
        return None;
    }
    let later = entry.walk.queries.iter().skip(position + 1);
    later
        .filter(|reached| {
            let trust = reached.trust();
            verdict(context.project, reached, trust) == Verdict::Scoped
        })
        .map(|reached| reached.query.call)
        .next()
}

/// `where: { name: DEMO }`: the row that the code calls by a name of its own is not just any.
fn is_by_name(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let Some(leaves) = conditions(reached.query) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    leaves.iter().any(|leaf| {
        let [column] = leaf.path.as_slice() else {
            return false;
        };
        let text = declared
            .field(column)
            .is_some_and(|field| field.scalar() == Some(ScalarType::String));
        text && leaf.always && !leaf.weak && leaf.value.is_constant()
    })
}
