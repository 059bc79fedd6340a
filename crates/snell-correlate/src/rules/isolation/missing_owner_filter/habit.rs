//! Queries on rows of anybody, of a model whose other queries nearly all say whose rows are meant, in a
//! function that is told whose: the owner was forgotten at one of them.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_flow::{
    ObjectValue, Value,
    scope::{Leaf, Reached, Walk, leaves},
};
use snell_prisma::{Field, FieldType, Model, ScalarType};
use snell_project::{
    client::{CallId, ClientCall, Operation},
    endpoint::Endpoint,
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{
    super::{
        people,
        reach::{changes, is_blind},
        survey::survey,
        tenant,
    },
    RULE,
    beside_own::{is_of_many, is_of_program, narrowed, place_of},
    handed::{is_told_by_name, owner_columns, says_what},
    open_to_requests, who_comes,
};
use crate::{rule::Context, support::queries};

/// So many queries say whose rows are meant, and so many times as many as those that do not.
const MOSTLY: usize = 4;
/// So many times as many, where one of them is in the same function.
const BESIDE: usize = 2;

/// One finding for each query.
pub(super) fn findings(context: &Context<'_>, told: &BTreeSet<CallId>) -> Vec<Diagnostic> {
    let mut open: BTreeMap<ModelRef, BTreeSet<CallId>> = BTreeMap::new();
    let mut candidates = Vec::new();
    for (endpoint, walk, reached) in open_to_requests(context) {
        if let Some(model) = of_anybody(context, reached) {
            let calls = open.entry(model).or_default();
            calls.insert(reached.query.call);
            candidates.push((endpoint, walk, reached, model));
        }
    }
    let mut told = told.clone();
    let mut found = Vec::new();
    for (endpoint, walk, reached, model) in candidates {
        let call = reached.query.call;
        let others = open.get(&model).map_or(0, BTreeSet::len);
        if !told.contains(&call)
            && let Some(habit) = forgotten(context, (endpoint, walk, reached), model, others)
        {
            told.insert(call);
            found.push(tell(context, call, &habit, endpoint));
        }
    }
    found
}

/// What the other queries of a model do.
struct Habit {
    model: ModelRef,
    /// How many say whose rows are meant.
    many: usize,
    /// One of them, in the same function when there is one there.
    at: CallId,
}

/// The model of a query for many rows, when nothing in its condition says whose they are, or which.
fn of_anybody(context: &Context<'_>, reached: &Reached<'_>) -> Option<ModelRef> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let mut direct = project.owners.of(model).direct();
    let judged = direct.any(|chain| chain.required)
        && is_of_many(call.operation)
        && !call.client.is_scoping()
        && !call.client.extended
        && !call.client.changes_queries()
        && call.confidence != Confidence::Possible
        && !people::is_identity(context, model);
    (judged && narrows_by_no_owner(context, reached, model)).then_some(model)
}

fn narrows_by_no_owner(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let known = |value: &Value| {
        let object = value.as_object();
        object.is_some_and(|object| object.spreads.is_empty())
    };
    let arguments = reached.query.arguments.first();
    if !arguments.is_none_or(known) {
        return false;
    }
    let Some(asked) = arguments.map_or(Some(Vec::new()), |_| narrowed(reached)) else {
        return false;
    };
    asked
        .iter()
        .all(|leaf| is_of_program(leaf) && says_what(context, model, &leaf.path))
}

fn forgotten(
    context: &Context<'_>,
    (endpoint, walk, reached): (&Endpoint, &Walk<'_>, &Reached<'_>),
    model: ModelRef,
    others: usize,
) -> Option<Habit> {
    let evidence = &survey(context).evidence;
    let limited = endpoint.is_limited() && !tenant::is_owned(context, model);
    if limited
        || evidence.is_open(model)
        || evidence.is_acted_on_beside(model, reached.query.call)
        || reached.trust().privileged
    {
        return None;
    }
    let asked = narrowed(reached).unwrap_or_default();
    let call = context.project.calls.get(reached.query.call);
    if is_asked_of_all(context, call, reached, model, &asked) {
        return None;
    }
    let naming: Vec<CallId> = queries::of_model(context, model)
        .iter()
        .filter(|query| is_of_many(query.call.operation))
        .filter(|query| {
            let first = query.event.query.arguments.first();
            first.is_some_and(|first| names_owner(context, model, first))
        })
        .map(|query| query.event.query.call)
        .collect();
    let same =
        |other: &&Reached<'_>| std::ptr::eq(other.run, reached.run) && other.trail == reached.trail;
    let beside = walk.queries.iter().filter(same).filter(|other| {
        let of = context.project.calls.get(other.query.call).model();
        let first = other.query.arguments.first();
        other.query.call != reached.query.call
            && of
                .zip(first)
                .is_some_and(|(of, first)| names_owner(context, of, first))
    });
    let beside: Vec<CallId> = beside.map(|other| other.query.call).collect();
    let of_kind = |call: &&CallId| context.project.calls.get(**call).model() == Some(model);
    let alike = beside.iter().find(of_kind).copied();
    // Where others of the kind are asked for by their owner, a check that is not seen is none of whose.
    if alike.is_none() && !is_blind(reached, reached.trust()) {
        return None;
    }
    let least = match alike {
        Some(_) => BESIDE * others,
        None => MOSTLY * others.max(1),
    };
    let handed = !beside.is_empty()
        || !reached.run.asked.is_empty()
        || is_told_by_name(context, reached.run.function, model);
    let at = alike.or_else(|| naming.first().copied())?;
    (handed && naming.len() >= least && at != reached.query.call).then_some(Habit {
        model,
        many: naming.len(),
        at,
    })
}

/// Whether a query may be about the rows of all on purpose: how many there are, the last one, what they
/// refer to, whether a name is taken, whose a secret is.
fn is_asked_of_all(
    context: &Context<'_>,
    call: &ClientCall,
    reached: &Reached<'_>,
    model: ModelRef,
    asked: &[Leaf<'_>],
) -> bool {
    // A change without any condition has rules of its own.
    let lists = call.operation == Operation::FindMany;
    let first = call.operation == Operation::FindFirst;
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let has = |key: &str| arguments.is_some_and(|arguments| arguments.entries.contains_key(key));
    let shared = has("distinct") || arguments.is_some_and(|one| takes_shared(context, model, one));
    if asked.is_empty() && !lists || first && has("orderBy") || shared {
        return true;
    }
    let declared = context.project.schemas.model(model);
    let owners = owner_columns(context, model);
    asked.iter().any(|leaf| {
        let [name] = leaf.path.as_slice() else {
            return false;
        };
        let field = declared.field(name);
        let text =
            field.is_some_and(|field| matches!(field.ty, FieldType::Scalar(ScalarType::String)));
        text && !leaf.weak
            && !leaf.value.is_constant()
            && !field.is_some_and(|field| is_unique_for_owner(declared, field, &owners))
    })
}

/// Whether rows of nobody are taken, by way of these: what all together have in a catalogue.
fn takes_shared(context: &Context<'_>, model: ModelRef, arguments: &ObjectValue) -> bool {
    let chosen = arguments.entries.get("select");
    let Some(chosen) = chosen.and_then(|chosen| chosen.value.as_object()) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let of_nobody = |name: &SmolStr| {
        let side = declared.field(name).and_then(Field::relation);
        side.is_some_and(|side| {
            let target = ModelRef {
                schema: model.schema,
                model: side.target,
            };
            *context.project.owners.of(target) == Ownership::Global
        })
    };
    chosen.entries.keys().any(of_nobody)
}

/// Whether a column tells the rows of one owner apart: it stands beside the owner's in a unique key.
fn is_unique_for_owner(model: &Model, field: &Field, owners: &[SmolStr]) -> bool {
    model.unique_criteria().any(|key| {
        let columns = || key.columns.iter().filter_map(|column| column.field);
        let owner = |column| {
            let mut fields = model.fields.iter();
            fields.any(|own| own.id == column && owners.contains(&own.name))
        };
        columns().any(|column| column == field.id) && columns().any(owner)
    })
}

/// Whether a query says whose rows are meant, by the value of whatever it may be: in its condition, or
/// in what it makes.
fn names_owner(context: &Context<'_>, model: ModelRef, arguments: &Value) -> bool {
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let mut names: Vec<&SmolStr> = Vec::new();
    for chain in context.project.owners.of(model).direct() {
        names.extend(chain.key.map(|key| &datamodel[key].name));
        names.extend(chain.relations.iter().map(|field| &datamodel[*field].name));
    }
    let Some(arguments) = arguments.as_object() else {
        return false;
    };
    let filter = arguments.entries.get("where");
    let leaves = filter.and_then(|filter| leaves(&filter.value));
    let filtered = leaves.into_iter().flatten().any(|leaf| {
        let constant = leaf.value.is_constant();
        !leaf.negated && !constant && leaf.path.iter().any(|name| names.contains(&name))
    });
    let data = arguments.entries.get("data");
    let made = data.and_then(|data| data.value.as_object());
    let made = made.is_some_and(|made| names.iter().any(|name| made.entries.contains_key(*name)));
    filtered || made && filter.is_none()
}

fn tell(context: &Context<'_>, query: CallId, habit: &Habit, endpoint: &Endpoint) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(query);
    let name = &project.schemas.model(habit.model).name;
    let does = match changes(call.operation) {
        true => "changes",
        false => "asks for",
    };
    let other = project.calls.get(habit.at);
    let at = |call: &ClientCall| -> Location { project.modules.at(call.module, call.name.span) };
    Diagnostic::at(
        &RULE.metadata,
        at(call),
        format!(
            "this {does} `{name}` rows of anybody, where {} other queries say whose",
            habit.many
        ),
    )
    .label("nothing here says whose rows are meant")
    .related(at(other), "here the owner is named")
    .related(endpoint.at, who_comes(endpoint))
    .lowered(
        Severity::Medium,
        "what the rows are used for was not followed",
    )
    .confidence(Confidence::Likely)
    .help("name the owner in the condition, as the other queries do")
    .subject(format!("habit:{} {name}", place_of(context, query)))
}
