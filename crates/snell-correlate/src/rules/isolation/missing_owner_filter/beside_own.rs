//! Queries on rows of anybody among those of one function that ask for the rows of who asks: the
//! owner was forgotten at one of them.

use std::collections::BTreeSet;

use snell_flow::{
    Value,
    scope::{Leaf, Origin, Reached, Verdict, Walk, leaves, origins, told, verdict},
};
use snell_project::{
    client::{CallId, Operation},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{
    super::{evidence::Evidence, people, reach::changes, reach::is_blind, survey::survey},
    RULE, open_to_every_user,
};
use crate::{functions, rule::Context};

/// So many queries beside it keep to who asks, one of them on rows of the same kind.
const ALIKE: usize = 2;
/// Or so many, when none is.
const MANY: usize = 4;

/// One finding for each query.
pub(super) fn findings(context: &Context<'_>, told: &mut BTreeSet<CallId>) -> Vec<Diagnostic> {
    let evidence = &survey(context).evidence;
    let mut found = Vec::new();
    for (endpoint, walk, reached) in open_to_every_user(context) {
        let call = reached.query.call;
        if !told.contains(&call)
            && let Some(beside) = forgotten(context, evidence, walk, reached)
        {
            told.insert(call);
            found.push(tell(context, call, beside, endpoint.at));
        }
    }
    found
}

/// Where the function asks for the rows of who asks, when that is forgotten at this query.
fn forgotten(
    context: &Context<'_>,
    evidence: &Evidence,
    walk: &Walk<'_>,
    reached: &Reached<'_>,
) -> Option<CallId> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let direct = project.owners.of(model).direct();
    let direct: Vec<bool> = direct.map(|chain| chain.required).collect();
    let needed = direct.contains(&true);
    let trust = reached.trust();
    if direct.is_empty()
        || !is_of_many(call.operation)
        || call.client.is_scoping()
        || call.client.extended
        || evidence.is_open(model)
        || evidence.is_acted_on(model)
        || people::is_identity(context, model)
        || !is_blind(reached, trust)
        || !is_of_anybody(context, walk, reached)
    {
        return None;
    }
    let asked = narrowed(reached).filter(|asked| asked.iter().all(|leaf| is_of_program(leaf)))?;
    let same =
        |other: &&Reached<'_>| std::ptr::eq(other.run, reached.run) && other.trail == reached.trail;
    let mut kept: Vec<(ModelRef, &Reached<'_>)> = Vec::new();
    for other in walk.queries.iter().filter(same) {
        if other.query.call == reached.query.call {
            continue;
        }
        let Some(of) = project.calls.get(other.query.call).model() else {
            continue;
        };
        match verdict(project, other, other.trust()) {
            Verdict::Scoped if names_who_asks(other) => kept.push((of, other)),
            // Whoever asks for all in more than one place may mean it.
            _ if matches!(project.owners.of(of), Ownership::Owned(_))
                && is_of_anybody(context, walk, other) =>
            {
                return None;
            }
            _ => {}
        }
    }
    let alike = kept.iter().find(|(of, other)| {
        *of == model && narrowed(other).is_some_and(|other| covers(&other, &asked))
    });
    let counts = kept.iter().map(|(_, other)| other.query.call);
    let kept_calls: BTreeSet<CallId> = counts.collect();
    // How many there are in all, one may ask for.
    let reckons = !matches!(call.operation, Operation::FindMany | Operation::DeleteMany);
    let tells = !asked.is_empty() || !reckons;
    let place = match alike {
        Some((_, other)) if tells && kept_calls.len() >= ALIKE => Some(other.query.call),
        Some((_, other)) if is_page_of(context, reached, &asked, other) => Some(other.query.call),
        None if tells && needed && kept_calls.len() >= MANY => evidence.guarded(model),
        _ => None,
    };
    place.filter(|place| *place != reached.query.call)
}

/// Whether no condition of a query says whose the rows are, as far as it is known.
fn is_of_anybody(context: &Context<'_>, walk: &Walk<'_>, reached: &Reached<'_>) -> bool {
    let trust = reached.trust();
    match verdict(context.project, reached, trust) {
        Verdict::Unknown => {
            told(context.project, walk, reached, trust) == Some(Verdict::Unfiltered)
        }
        known => known == Verdict::Unfiltered,
    }
}

/// Whether an operation is about all rows that a condition leaves.
pub(super) fn is_of_many(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindFirst
            | Operation::FindMany
            | Operation::Count
            | Operation::Aggregate
            | Operation::GroupBy
            | Operation::UpdateMany
            | Operation::DeleteMany
    )
}

/// The comparisons of a query, when all are known.
pub(super) fn narrowed<'r>(reached: &'r Reached<'_>) -> Option<Vec<Leaf<'r>>> {
    let arguments = reached.query.arguments.first()?.as_object()?;
    match arguments.entries.get("where") {
        Some(filter) => leaves(&filter.value),
        None => Some(Vec::new()),
    }
}

/// Whether a comparison is with nothing that belongs to somebody: a rank is counted by one's own.
pub(super) fn is_of_program(leaf: &Leaf<'_>) -> bool {
    let mut own = true;
    origins(leaf.value, &mut |origin| {
        own &= !matches!(origin, Origin::Row(..) | Origin::Identity(_));
    });
    own
}

fn names_who_asks(reached: &Reached<'_>) -> bool {
    let leaves = narrowed(reached).unwrap_or_default();
    let mut named = false;
    for leaf in leaves.iter().filter(|leaf| leaf.always && !leaf.negated) {
        origins(leaf.value, &mut |origin| {
            named |= matches!(origin, Origin::Identity(_));
        });
    }
    named
}

/// Whether a query asks by every column that another asks by.
fn covers(own: &[Leaf<'_>], others: &[Leaf<'_>]) -> bool {
    let asks = |wanted: &Leaf<'_>| own.iter().any(|leaf| leaf.path == wanted.path);
    others.iter().all(asks)
}

/// Whether one of two queries counts the rows of which the other gives a page: both ask by the same
/// columns, but for the owner.
fn is_page_of(
    context: &Context<'_>,
    reached: &Reached<'_>,
    asked: &[Leaf<'_>],
    other: &Reached<'_>,
) -> bool {
    let operation = |reached: &Reached<'_>| {
        let call = context.project.calls.get(reached.query.call);
        call.operation
    };
    let pair = match (operation(reached), operation(other)) {
        (Operation::Count, Operation::FindMany) => !asked.is_empty(),
        (Operation::FindMany, Operation::Count) => true,
        _ => false,
    };
    let skips = [reached, other].into_iter().any(|one| {
        let arguments = one.query.arguments.first().and_then(Value::as_object);
        arguments.is_some_and(|arguments| {
            arguments.entries.contains_key("skip") || arguments.entries.contains_key("take")
        })
    });
    let columns = |leaves: &[Leaf<'_>]| -> BTreeSet<String> {
        leaves.iter().map(|leaf| leaf.path.join(".")).collect()
    };
    let theirs = narrowed(other).map(|leaves| columns(&leaves).len());
    pair && skips && theirs == Some(columns(asked).len() + 1)
}

fn tell(
    context: &Context<'_>,
    query: CallId,
    beside: CallId,
    endpoint: snell_source::Location,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(query);
    let model = call.model();
    let name = model.map_or("", |model| project.schemas.model(model).name.as_str());
    let does = match changes(call.operation) {
        true => "changes",
        false => "asks for",
    };
    let other = project.calls.get(beside);
    Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!("this {does} `{name}` rows of anybody, among queries for those of who asks"),
    )
    .label("nothing here says whose rows are meant")
    .example(
        project.modules.at(other.module, other.name.span),
        "here rows are those of who asks",
    )
    .related(endpoint, "every signed-in user gets here")
    .lowered(
        Severity::Medium,
        "what the rows are used for was not followed",
    )
    .confidence(Confidence::Likely)
    .help("name the owner in the condition, as the queries beside it do")
    .subject(format!("beside:{} {name}", place_of(context, query)))
}

/// The function of a query, by its name.
pub(super) fn place_of(context: &Context<'_>, query: CallId) -> String {
    let run = context.flow.runs(query).next();
    run.map_or_else(String::new, |run| {
        functions::name(context.project, run.function)
    })
}
