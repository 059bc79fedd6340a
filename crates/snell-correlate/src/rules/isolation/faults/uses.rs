//! What is done with rows whose owner the client named, or nobody.

use snell_flow::{
    Fact, RowOrigin, Value,
    scope::{Keyed, Leaf, Origin, Reached, Verdict, claimed, leaves, origins, told},
};
use snell_prisma::{FieldType, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        reach::{changes, is_blind},
    },
};

/// Whether the row that was found lets a later query change something, where
/// nothing on the whole way is who asks: knowing an owner's key is enough.
pub(in crate::rules::isolation) fn decides(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    reached: &Reached<'_>,
) -> bool {
    if entry.walk.uses_identity || entry.walk.doubtful {
        return false;
    }
    let call = reached.query.call;
    let later = entry.walk.queries.iter().skip(position + 1);
    later
        .filter(|later| {
            let operation = context.project.calls.get(later.query.call).operation;
            let mut texts = context.readings.of(later.query.call).iter();
            operation.is_write() || texts.any(|reading| reading.facts.kind != "SELECT")
        })
        .any(|later| {
            let trust = later.trust();
            is_blind(later, trust) && later.facts.iter().any(|fact| finds(fact, call))
        })
}

/// Whether an endpoint whose answer may say something of the rows makes no use
/// of who asks, and is no page of the owner that its path names.
pub(in crate::rules::isolation) fn is_told_alone(
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    keyed: &Keyed,
    handed: bool,
) -> bool {
    let trust = reached.trust();
    !entry.walk.uses_identity && keyed.key.part != "param" && entry.is_blind(reached, trust, handed)
}

/// Whether a fact is that the row of a query is there.
fn finds(fact: &Fact, call: CallId) -> bool {
    let Fact::Truthy(value) = fact else {
        return false;
    };
    let mut found = false;
    origins(value, &mut |origin| {
        found |= matches!(origin, Origin::Row(row, _) if row.call == call);
    });
    found
}

/// The owner's key that the client sent, when the row is given back where it
/// is compared with that.
pub(in crate::rules::isolation) fn claim(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
) -> Option<Keyed> {
    if entry.walk.uses_identity || entry.walk.doubtful || reached.doubtful {
        return None;
    }
    let arguments = reached.query.arguments.first()?;
    let row = RowOrigin::of(reached.query.call, arguments);
    entry
        .walk
        .escapes
        .iter()
        .filter(|escape| *escape.row == row)
        .find_map(|escape| {
            let trust = escape.trust();
            let blind = !trust.privileged && !trust.opaque;
            let keyed = claimed(context.project, &row, &escape.facts, trust)?;
            (blind
                && !entry
                    .walk
                    .asks_others(&escape.facts, &reached.query.arguments))
            .then_some(keyed)
        })
}

/// Whether rows of all owners are read for an answer to somebody who is asked for
/// by name, and whose name is not used.
pub(in crate::rules::isolation) fn is_consulted(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> bool {
    let trust = reached.trust();
    entry.ignores_who_asks()
        && !entry.walk.doubtful
        && is_blind(reached, trust)
        && context.project.owners.of(model).required_chain().is_some()
}

/// Whether a change of rows by constants alone is one that an owner would ask
/// for, and no housekeeping: that goes by time, or by nothing.
pub(in crate::rules::isolation) fn sweeps(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> bool {
    let project = context.project;
    let arguments = reached.query.arguments.first();
    let filter = arguments
        .and_then(Value::as_object)
        .and_then(|object| object.entries.get("where"));
    let Some(leaves) = filter.and_then(|filter| leaves(&filter.value)) else {
        return false;
    };
    let declared = project.schemas.model(model);
    let is_time = |name: &str| {
        let field = declared.field(name);
        field.is_some_and(|field| matches!(field.ty, FieldType::Scalar(ScalarType::DateTime)))
    };
    // `deletedAt: null` says which rows are there at all.
    let by_time = leaves
        .iter()
        .any(|leaf| *leaf.value != Value::Null && leaf.path.iter().any(|name| is_time(name)));
    // `id: { notIn: kept }` leaves some of them out.
    let leaves_out = |leaf: &Leaf<'_>| {
        let own = matches!(leaf.path.as_slice(), [name] if declared.field(name).is_some_and(|field| declared.is_id(field.id)));
        leaf.negated && own
    };
    !leaves.is_empty()
        && !by_time
        && leaves
            .iter()
            .all(|leaf| leaf.always && !leaf.weak || leaves_out(leaf))
        && !leaves.iter().all(leaves_out)
        && project.owners.of(model).required_chain().is_some()
        && !entry.walk.doubtful
}

/// Whether an endpoint that is handed who asks, and does not look at it, asks for rows of all owners and
/// changes each of them.
pub(in crate::rules::isolation) fn changes_each(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    reached: &Reached<'_>,
    verdict: &Verdict,
) -> bool {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let Some(model) = call.model() else {
        return false;
    };
    if call.operation != Operation::FindMany
        || !entry.ignores_who_asks()
        || entry.walk.doubtful
        || project.owners.of(model).required_chain().is_none()
        || !is_blind(reached, reached.trust())
    {
        return false;
    }
    let known = match verdict {
        Verdict::Unknown => told(project, entry.walk, reached, reached.trust()),
        known => Some(known.clone()),
    };
    let of_all = match known {
        Some(Verdict::Unfiltered) => true,
        // By what rows are like: since when, of which kind.
        Some(Verdict::ClientKeyOnly(keyed)) => {
            snell_flow::scope::is_content(project, model, &[keyed.field])
        }
        _ => false,
    };
    let later = entry.walk.queries.iter().skip(position + 1);
    of_all
        && later.into_iter().any(|later| {
            let of = project.calls.get(later.query.call);
            of.model() == Some(model)
                && changes(of.operation)
                && filter_names(later, reached.query.call)
        })
}

/// Whether a condition is made of rows that another query found.
fn filter_names(reached: &Reached<'_>, found: CallId) -> bool {
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let mut named = false;
    if let Some(filter) = filter {
        origins(&filter.value, &mut |origin| {
            named |= matches!(origin, Origin::Row(row, _) if row.call == found);
        });
    }
    named
}
