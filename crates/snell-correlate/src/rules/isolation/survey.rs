//! Every query that an endpoint lets run on rows of anybody.

use std::sync::Arc;

use snell_flow::{
    RowOrigin, Step, Value,
    scope::{
        Escape, Reached, Trust, Verdict, asks_for_role, asks_of_row, is_by_likeness, leaves,
        owner_named, takes_over, verdict,
    },
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::EndpointKind,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{
    administrators, beside, doors, either,
    entries::entries,
    evidence::{Entry, Evidence},
    exposure::{Exposure, Fault, Survey},
    included,
    made::is_said_by_creates,
    posed, raw_owner, references,
    rights::OfRights,
    same, slight, tenant, uses,
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
            if asks_for_role(project, &reached.facts) {
                continue;
            }
            let mut faults = faults(context, entry, position, reached, &evidence);
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
                faults.retain(|exposure| tenant::crosses(context, exposure));
                if faults.is_empty() {
                    faults = of_rights.faults(context, entry, position, reached);
                }
            }
            for exposure in faults {
                same::add(&mut found, exposure);
            }
        }
    }
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
        exposures: same::shortest_ways(project, beside::told_by_rows(found)),
        evidence,
    }
}

/// What an endpoint lets one query do with rows of anybody.
pub(super) fn faults(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Vec<Exposure> {
    let mut faults: Vec<Exposure> = exposure(context, entry, position, reached, evidence)
        .into_iter()
        .collect();
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
    let trust = Trust::of(&reached.facts);
    let verdict = match verdict(project, reached, &trust) {
        Verdict::Unknown if entry.asks_nobody() || evidence.limited && entry.is_handed_nobody() => {
            let named = owner_named(project, reached, &trust);
            named.map_or(Verdict::Unknown, Verdict::OwnerFromClient)
        }
        known => known,
    };
    let late_check = late_check(context, entry, position, &verdict);
    let (fault, guarded) = if changes(call.operation) {
        if !entry.is_blind(reached, &trust, evidence.limited) {
            return None;
        }
        change(context, entry, reached, model, verdict, evidence)?
    } else if reads(call.operation) {
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
    let presumed = guarded.is_none();
    let owned = project.owners.of(model).required_chain().is_some();
    let ignored = owned && entry.ignores_who_asks();
    let own = is_identity(context, model) && entry.is_about_who_asks();
    let alone = owned && changes(call.operation) && is_changed_alone(entry, &fault);
    if presumed && !ignored && !own && !alone {
        return None;
    }
    Some(Exposure {
        endpoint: entry.position,
        call: reached.query.call,
        model,
        trail: reached.trail.clone(),
        late_check,
        guarded: guarded.filter(|guarded| *guarded != reached.query.call),
        presumed,
        first_only: first_only(&fault, &trust),
        slight: slight::is_slight(context, entry, reached, model),
        alike: 0,
        fault,
    })
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
fn first_only(fault: &Fault, trust: &Trust<'_>) -> bool {
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
            if arguments.is_some_and(|arguments| takes_over(arguments) || only_counts(arguments)) {
                return None;
            }
            match is_identity(context, model) && entry.is_about_who_asks() {
                true => Fault::Owner(keyed),
                false => Fault::Write(keyed),
            }
        }
        // What only goes up by what somebody else did: a tip, a view.
        Verdict::OwnerFromClient(_) if arguments.is_some_and(only_counts) => return None,
        Verdict::OwnerFromClient(keyed) => Fault::Owner(keyed),
        Verdict::Unfiltered if uses::sweeps(context, entry, reached, model) => {
            return Some((Fault::Sweep, Some(evidence.guarded(model)?)));
        }
        _ => return None,
    };
    let made = || match fault {
        Fault::Write(_) => evidence.made(model),
        _ => None,
    };
    Some((fault.clone(), evidence.guarded(model).or_else(made)))
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
        if context.project.owners.is_learned(model) {
            return None;
        }
        let identity = is_identity(context, model);
        match verdict {
            Verdict::ClientKeyOnly(keyed) => {
                if identity {
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
                if !escapes(entry, reached) {
                    return None;
                }
                let of_parent = || evidence.private(parent(context, model, &keyed.field)?, call);
                let guarded = evidence
                    .given_back(model)
                    .or(self.late_check)
                    .or_else(of_parent);
                Some((Fault::Read(keyed), guarded))
            }
            Verdict::OwnerFromClient(keyed) if !identity => {
                if escapes(entry, reached) {
                    let guarded = evidence.given_back(model);
                    return Some((Fault::Owner(keyed), guarded.or_else(|| self.of_parents())));
                }
                if uses::decides(context, entry, self.position, reached) {
                    return Some((Fault::Owner(keyed), evidence.guarded(model)));
                }
                let kept = || evidence.guarded(model).filter(|_| !evidence.is_open(model));
                let guarded = evidence.given_back(model).or_else(kept)?;
                let told = uses::is_told_alone(entry, reached, &keyed, evidence.limited);
                told.then_some((Fault::Asked(keyed), Some(guarded)))
            }
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
                    return Some((Fault::First, evidence.given_back(model)));
                }
                if is_only_counted(context, entry, reached) {
                    return None;
                }
                let guarded = evidence
                    .listed(model)
                    .or_else(|| evidence.private(model, call));
                Some((Fault::List, guarded))
            }
            _ => None,
        }
    }

    /// Whether rows are given back that nothing ties to who asks, what they have in common with a row
    /// of theirs left out.
    fn comes_back(&self) -> bool {
        let trust = Trust::of(&self.reached.facts);
        escapes(self.entry, self.reached)
            || is_by_likeness(self.context.project, self.reached, &trust)
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

/// The model whose row the key names, when it is not one of the query's own.
pub(super) fn parent(context: &Context<'_>, model: ModelRef, field: &str) -> Option<ModelRef> {
    let schema = context.project.schemas.get(model.schema);
    let declared = context.project.schemas.model(model);
    let first = field.split('.').next()?;
    let field = declared.field(first)?;
    let holds = |relation: &&snell_prisma::Field| {
        let side = relation.relation();
        relation.id == field.id || side.is_some_and(|side| side.fields.contains(&field.id))
    };
    let relation = declared.relation_fields().find(holds)?;
    let target = schema.datamodel.target(relation)?;
    Some(ModelRef {
        schema: model.schema,
        model: target.id,
    })
}

/// Whether nothing before the query may have asked whose the rows are.
pub(super) fn is_blind(reached: &Reached<'_>, trust: &Trust<'_>) -> bool {
    !reached.doubtful && !trust.privileged && !trust.opaque
}

/// Whether the row is given back on a way on which nothing ties it to who asks.
pub(super) fn escapes(entry: &Entry<'_>, reached: &Reached<'_>) -> bool {
    given_back(entry, reached, |trust, row| !trust.is_row_in_scope(row))
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

/// Whether the row is given back on a way on which nothing is asked but the
/// query's own condition.
pub(super) fn given_back(
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    open: impl Fn(&Trust<'_>, &RowOrigin) -> bool,
) -> bool {
    if entry.walk.doubtful || reached.doubtful {
        return false;
    }
    let arguments = reached.query.arguments.first();
    let row = arguments.map(|arguments| RowOrigin::of(reached.query.call, arguments));
    entry
        .walk
        .escapes
        .iter()
        .filter(|escape| escape.row.call == reached.query.call)
        .filter(|escape| row.as_ref().is_none_or(|row| row == escape.row))
        .any(|escape| {
            let trust = Trust::of(&escape.facts);
            !trust.privileged
                && !trust.opaque
                && open(&trust, escape.row)
                && !entry.walk.asks_others(&escape.facts)
                && !asks_of_row(entry.project, &escape.facts, escape.row)
        })
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
    if !Trust::of(entry.walk.all_facts()).holds(&keyed.key) {
        return None;
    }
    let later = entry.walk.queries.iter().skip(position + 1);
    later
        .filter(|reached| {
            let trust = Trust::of(&reached.facts);
            verdict(context.project, reached, &trust) == Verdict::Scoped
        })
        .map(|reached| reached.query.call)
        .next()
}

pub(super) fn is_identity(context: &Context<'_>, model: ModelRef) -> bool {
    *context.project.owners.of(model) == Ownership::Root(RootKind::Identity)
}

pub(super) fn changes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Update
            | Operation::UpdateMany
            | Operation::UpdateManyAndReturn
            | Operation::Delete
            | Operation::DeleteMany
    )
}

pub(super) fn reads(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindMany
    )
}

/// `data: { views: { increment: 1 } }`: counters are for everybody to raise.
pub(super) fn only_counts(arguments: &Value) -> bool {
    let data = arguments
        .as_object()
        .and_then(|object| object.entries.get("data"))
        .and_then(|entry| entry.value.as_object());
    data.is_some_and(|data| {
        !data.entries.is_empty()
            && data.entries.values().all(|entry| {
                entry.value.as_object().is_some_and(|inner| {
                    inner.entries.contains_key("increment")
                        || inner.entries.contains_key("decrement")
                })
            })
    })
}
