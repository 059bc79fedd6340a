//! The smallest right fix of a query that reaches rows of anybody.

use snell_flow::scope::Keyed;
use snell_prisma::Model;
use snell_project::{
    client::Operation,
    ownership::{Chain, Ownership},
    schema::ModelRef,
};

use super::written;
use crate::{
    rule::Context,
    rules::isolation::{
        exposure::{Exposure, Fault},
        people, reach, references,
        survey::survey,
        tenant,
    },
    support::{name_words, queries},
};

pub(super) fn help(exposure: &Exposure, chain: Option<&Chain>, context: &Context<'_>) -> String {
    let help = first(exposure, context)
        .or_else(|| of_readers(exposure, context))
        .unwrap_or_else(|| of_owner(exposure, chain, context));
    let help = match written::state(context, exposure.call) {
        Some(state) if matches!(exposure.fault, Fault::Write(_)) => {
            of_state(context, exposure, &state, &help)
        }
        _ => help,
    };
    let changes = matches!(exposure.fault, Fault::Write(_) | Fault::Sweep);
    match administrators_beside(context, exposure).filter(|_| changes) {
        Some(name) if people::is_identity(context, exposure.model) => {
            format!(
                "ask for the role that `{name}` asks for, or let everybody change themselves alone: the key is that of who asks"
            )
        }
        Some(name) => {
            format!(
                "{help}; or ask for the role that `{name}` asks for, where it is for administrators"
            )
        }
        None if changes && people::is_identity(context, exposure.model) => match written::state(
            context,
            exposure.call,
        ) {
            Some(_) => help,
            None => "ask for the role of administrators before it, whose work it is to change others; where people change themselves, take the key from who is signed in".to_owned(),
        },
        None => help,
    }
}

/// Words in addresses that say what people do with rows that others wrote.
const OF_READERS: [&str; 12] = [
    "read",
    "seen",
    "delivered",
    "viewed",
    "report",
    "flag",
    "react",
    "reaction",
    "like",
    "unlike",
    "vote",
    "acknowledge",
];

/// Words in the names of models whose rows are written to those who own them.
const RECEIVED: [&str; 4] = ["notification", "alert", "inbox", "invitation"];

/// Where readers do something with what others wrote, its author is the last who does it: who may is
/// said by what it is a part of.
fn of_readers(exposure: &Exposure, context: &Context<'_>) -> Option<String> {
    let Fault::Write(_) = &exposure.fault else {
        return None;
    };
    let endpoint = context.project.endpoints.get(exposure.endpoint);
    let mut parts = endpoint.name.rsplit('/');
    let last = parts.find(|part| !part.starts_with([':', '{']))?;
    let model = context.project.schemas.model(exposure.model);
    let by_readers = name_words::has_word(last, &OF_READERS);
    if !by_readers || name_words::has_word(&model.name, &RECEIVED) {
        return None;
    }
    let datamodel = &context.project.schemas.get(exposure.model.schema).datamodel;
    let mut keys = datamodel.foreign_keys_of(model.id);
    let parent = keys.find_map(|(_, key)| {
        let required = key
            .columns
            .iter()
            .all(|column| datamodel[*column].is_required());
        let target = datamodel.target(&datamodel[key.field])?;
        let target_ref = ModelRef {
            model: target.id,
            ..exposure.model
        };
        let whole = required && target.id != model.id && !people::is_identity(context, target_ref);
        whole.then_some(&target.name)
    })?;
    Some(format!(
        "this is for those who read a `{}`, not for its author alone: look up first whether who asks has a part in its `{parent}`, and stop when not",
        model.name
    ))
}

/// Where nothing but a state is written, its owner may be the last who should set it: `PAID`, `DELIVERED`.
fn of_state(context: &Context<'_>, exposure: &Exposure, state: &str, help: &str) -> String {
    match people::is_identity(context, exposure.model) {
        true => format!(
            "ask for the role of those who set `{state}` of others; nobody sets it for themselves"
        ),
        false => format!(
            "ask for a role where `{state}` is not for the owner to set; where it is, {help}"
        ),
    }
}

/// What to look up first, where nothing of the rows themselves says whose they are.
fn first(exposure: &Exposure, context: &Context<'_>) -> Option<String> {
    if let Some(group) = exposure.of_members {
        let group = &context.project.schemas.model(group).name;
        return Some(format!(
            "look up first whether who asks belongs to the `{group}` that is named, and stop when not"
        ));
    }
    let (Fault::Write(keyed) | Fault::Read(keyed)) = &exposure.fault else {
        return None;
    };
    let target = soft(context, exposure, keyed)?;
    Some(format!(
        "look the `{target}` up together with who asks first, and stop when nothing is found"
    ))
}

/// An endpoint of the same class that asks for a role which may see the rows of all.
fn administrators_beside<'a>(context: &Context<'a>, exposure: &Exposure) -> Option<&'a str> {
    let endpoints = &context.project.endpoints;
    let own = endpoints.get(exposure.endpoint);
    let class = own.class?;
    let mut beside = endpoints
        .iter()
        .filter(|other| other.class == Some(class) && other.name != own.name);
    beside
        .find(|other| other.access.exempt && !other.access.restricted.is_empty())
        .map(|other| other.name.as_str())
}

/// The group of people whose rows a key names.
fn group<'a>(context: &Context<'a>, exposure: &Exposure, field: &str) -> Option<&'a str> {
    let parent = reach::parent(context, exposure.model, field)?;
    let group = tenant::is_tenant(context, parent) || tenant::is_room(context, parent);
    group.then(|| context.project.schemas.model(parent).name.as_str())
}

/// What people share whose rows a key names: who is in it may see them, whosever they are.
fn room<'a>(context: &Context<'a>, exposure: &Exposure, keyed: &Keyed) -> Option<&'a str> {
    let parent = reach::parent(context, exposure.model, &keyed.field)?;
    tenant::is_room(context, parent).then(|| context.project.schemas.model(parent).name.as_str())
}

/// The model that a column without a relation names a row of, where nobody owns the rows themselves.
fn soft<'a>(context: &Context<'a>, exposure: &Exposure, keyed: &Keyed) -> Option<&'a str> {
    let owners = &context.project.owners;
    if *owners.of(exposure.model) != Ownership::Global {
        return None;
    }
    let model = context.project.schemas.model(exposure.model);
    let column = model.field(&keyed.field)?;
    let target = references::soft::target(context, exposure.model.schema, model, column)?;
    Some(context.project.schemas.model(target).name.as_str())
}

/// What to do where no condition on one column says whose the rows are.
fn looked_up(exposure: &Exposure, model: &str) -> String {
    match &exposure.fault {
        Fault::Aggregate(Some(keyed)) => format!(
            "look up first which of the rows that `{}` names belong to who asks, and keep the condition to those",
            keyed.field
        ),
        _ => format!(
            "look `{model}` up together with who asks, and stop when nothing is found, before the row is used"
        ),
    }
}

fn of_reference(target: ModelRef, context: &Context<'_>) -> String {
    let name = &context.project.schemas.model(target).name;
    let owners = &context.project.owners;
    let shared = match owners.of(target) {
        // Those without an owner may be there for all.
        Ownership::Owned(_) if owners.of(target).required_chain().is_none() => {
            " (or as one that has no owner, where those are for all)"
        }
        _ => "",
    };
    if tenant::is_room(context, target) {
        return format!(
            "look up first whether who asks is in the `{name}` that is named, and stop when not"
        );
    }
    if tenant::is_tenant(context, target) {
        return format!(
            "look up first whether who asks belongs to the `{name}` that is named, and stop when not"
        );
    }
    format!(
        "look the `{name}` up together with who asks{shared} before its key is written, and stop when nothing is found"
    )
}

/// What to do about a fault that no condition on its own rows mends.
fn of_fault(exposure: &Exposure, chain: Option<&Chain>, context: &Context<'_>) -> Option<String> {
    let said = match &exposure.fault {
        Fault::Reference(reference) => of_reference(reference.target, context),
        Fault::Copied(copied) => {
            let from = context.project.calls.get(copied.from).model();
            let from = from.map_or("row", |from| {
                context.project.schemas.model(from).name.as_str()
            });
            format!(
                "look the `{from}` up together with who asks before anything of it is written, and stop when nothing is found"
            )
        }
        Fault::Included(included) => {
            format!(
                "take along what belongs to who asks: `{}: {{ where: {{ ... }} }}`",
                included.field
            )
        }
        Fault::Write(keyed) | Fault::Read(keyed)
            if let Some(room) = room(context, exposure, keyed) =>
        {
            format!(
                "look up first whether who asks is in the `{room}` that is named, and stop when not"
            )
        }
        // Somebody may be in many groups: which is meant has to be said.
        Fault::Owner(keyed) | Fault::Asked(keyed)
            if let Some(group) = group(context, exposure, &keyed.field) =>
        {
            format!(
                "look up first whether who asks belongs to the `{group}` that is named, and stop when not"
            )
        }
        Fault::NewOwner(_) | Fault::Owner(_) | Fault::Asked(_) | Fault::Posed(_) => {
            "take the owner from who is signed in, not from what was sent".to_owned()
        }
        Fault::Raw { .. } => {
            raw_condition(chain, context, exposure)
        }
        Fault::Upsert(_) => {
            "name the row by a unique key that holds the owner, or look it up together with who asks and then create or update it".to_owned()
        }
        Fault::Either(_) => {
            "put the owner beside the `OR`, or into each of its ways".to_owned()
        }
        _ => return None,
    };
    Some(said)
}

fn of_owner(exposure: &Exposure, chain: Option<&Chain>, context: &Context<'_>) -> String {
    if let Some(said) = of_fault(exposure, chain, context) {
        return said;
    }
    let model = context.project.schemas.model(exposure.model);
    // Whoever is in the group may do it, whoever made the row.
    let group = exposure
        .guarded
        .and_then(|place| survey(context).evidence.group_at(exposure.model, place));
    if let Some(group) =
        group.filter(|_| chain.is_some_and(|chain| ends_at_person(chain, context, exposure)))
    {
        let group = &context.project.schemas.model(group).name;
        return format!(
            "look up first whether who asks belongs to the `{group}` of the `{}`, and stop when not",
            model.name
        );
    }
    let Some(owner) = chain.and_then(|chain| condition(chain, context, exposure)) else {
        return looked_up(exposure, &model.name);
    };
    match &exposure.fault {
        Fault::Shared(shared) => format!(
            "give users a query of their own, with the owner in the condition: `where: {{ {}, {owner} }}`",
            named(model, &shared.keyed.field)
        ),
        Fault::Write(keyed) | Fault::Read(keyed) | Fault::Aggregate(Some(keyed)) => {
            beside(context, exposure, (model, &keyed.field), &owner)
        }
        _ => format!("add the owner to the condition: `where: {{ {owner} }}`"),
    }
}

/// The owner beside the condition that is there, and what has to be handed on for that.
fn beside(
    context: &Context<'_>,
    exposure: &Exposure,
    (model, field): (&Model, &str),
    owner: &str,
) -> String {
    let listed = written::listed(context, exposure.call, field);
    let key = listed.unwrap_or_else(|| named(model, field));
    // The innermost name is who asks.
    let mut words = owner.split(|c: char| !c.is_alphanumeric() && c != '_');
    let name = words.rfind(|word| !word.is_empty()).unwrap_or_default();
    let handed = match written::knows(context, exposure.call, name) {
        true => String::new(),
        false => format!(", and hand `{name}` on to here"),
    };
    let condition = format!("where: {{ {key}, {owner} }}");
    let call = context.project.calls.get(exposure.call);
    let other = queries::takes_keys_alone(context, call)
        .then(|| beyond_keys(call.operation, &condition))
        .flatten();
    match other {
        Some(other) => format!(
            "`{}` takes unique keys alone before Prisma 5: {other}{handed}",
            call.operation.as_str()
        ),
        None => format!("add the owner to the condition: `{condition}`{handed}"),
    }
}

/// The query to make of one that takes unique keys alone.
fn beyond_keys(operation: Operation, condition: &str) -> Option<String> {
    let many = |name: &str, data: &str| {
        format!("`{name}({{ {condition}{data} }})`, and stop when its `count` is 0")
    };
    match operation {
        Operation::Update => Some(many("updateMany", ", data: { ... }")),
        Operation::Delete => Some(many("deleteMany", "")),
        Operation::FindUnique => Some(format!("`findFirst({{ {condition} }})`")),
        Operation::FindUniqueOrThrow => Some(format!("`findFirstOrThrow({{ {condition} }})`")),
        _ => None,
    }
}

/// The condition that names the row: `id`, `session: { id }`, and of a key of several columns all of
/// them, without which it is none: `postId_tag: { postId, tag }`.
fn named(model: &Model, path: &str) -> String {
    let first = path.split('.').next().unwrap_or(path);
    let key = model.unique_criterion(first);
    let whole = key.filter(|key| key.columns.len() > 1).map(|key| {
        let columns = key.columns.iter().map(|column| column.name.as_str());
        format!("{first}: {{ {} }}", columns.collect::<Vec<_>>().join(", "))
    });
    whole.unwrap_or_else(|| shorthand(path))
}

/// `id`, `session: { id }`
fn shorthand(path: &str) -> String {
    match path.split_once('.') {
        None => path.to_owned(),
        Some((first, rest)) => format!("{first}: {{ {} }}", shorthand(rest)),
    }
}

fn ends_at_person(chain: &Chain, context: &Context<'_>, exposure: &Exposure) -> bool {
    let graph = context.project.owners.graph(exposure.model.schema);
    graph.ends_at_person(chain)
}

/// `userId`, `session: { userId }`
fn condition(chain: &Chain, context: &Context<'_>, exposure: &Exposure) -> Option<String> {
    let datamodel = &context.project.schemas.get(exposure.model.schema).datamodel;
    let key = &datamodel[chain.key?].name;
    if !ends_at_person(chain, context, exposure) {
        return None;
    }
    let graph = context.project.owners.graph(exposure.model.schema);
    // The last relation leads to the model of people, unless there is none.
    let to_people = usize::from(matches!(graph.of(chain.root), Ownership::Root(_)));
    let before = &chain.relations[..chain.relations.len().saturating_sub(to_people)];
    Some(
        before
            .iter()
            .rev()
            .fold(key.to_string(), |inner, relation| {
                format!("{}: {{ {inner} }}", datamodel[*relation].name)
            }),
    )
}

/// The owner's column is the table's own, or that of a table to be joined.
fn raw_condition(chain: Option<&Chain>, context: &Context<'_>, exposure: &Exposure) -> String {
    let datamodel = &context.project.schemas.get(exposure.model.schema).datamodel;
    let Some((chain, key)) = chain.and_then(|chain| Some((chain, chain.key?))) else {
        return "compare the owner's column with who asks".to_owned();
    };
    let column = snell_sql::print::identifier(&datamodel[key].db_name);
    let graph = context.project.owners.graph(exposure.model.schema);
    if !graph.ends_at_person(chain) {
        let root = &datamodel[chain.root].name;
        return format!(
            "look up first which `{root}` rows who asks belongs to, and keep {column} to those"
        );
    }
    let condition = format!("`AND {column} = ${{userId}}`");
    match chain.relations.split_last() {
        Some((_, before)) if !before.is_empty() => {
            let parents: Vec<&str> = before
                .iter()
                .filter_map(|field| datamodel[*field].relation())
                .map(|relation| datamodel[relation.target].name.as_str())
                .collect();
            format!(
                "join `{}` and compare the owner's column with who asks: {condition}",
                parents.join("`, `")
            )
        }
        _ => format!("compare the owner's column with who asks: {condition}"),
    }
}
