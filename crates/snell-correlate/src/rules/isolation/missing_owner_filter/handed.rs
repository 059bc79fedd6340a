//! Functions that are handed whose rows are meant, and leave that out of their condition: the
//! parameter is there, and nothing reads it.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_extract::facts::{BindingId, BindingKind, Class, ModuleFacts};
use snell_flow::{
    Value,
    scope::{Reached, Verdict, Walk, leaves, verdict},
};
use snell_prisma::{Field, FieldType, Model};
use snell_project::{
    client::{CallId, Operation},
    endpoint::Endpoint,
    module::{FunctionRef, In},
    schema::ModelRef,
    types::Types,
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{
    super::{
        reach::{changes, is_blind},
        survey::survey,
    },
    RULE, open_to_every_user, open_to_requests, who_comes,
};
use crate::{functions, rule::Context};

/// Shorter names say nothing of whom they mean.
const SHORT: usize = 3;

/// One finding for each query.
pub(super) fn findings(context: &Context<'_>, told: &mut BTreeSet<CallId>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut one = |endpoint: &Endpoint, reached: &Reached<'_>, ignored: Option<Ignored>| {
        if let Some(ignored) = ignored
            && told.insert(reached.query.call)
        {
            found.push(tell(context, reached.query.call, &ignored, endpoint));
        }
    };
    for (endpoint, walk, reached) in open_to_every_user(context) {
        let ignored = ignored(context, reached).or_else(|| unused(context, walk, reached));
        one(endpoint, reached, ignored);
    }
    // What a function is handed says whose rows it means, whoever asks: nobody has signed in yet where a
    // code is compared.
    for (endpoint, _, reached) in open_to_requests(context) {
        one(endpoint, reached, ignored(context, reached));
    }
    found
}

/// An owner that a function is handed and does not look at.
struct Ignored {
    model: ModelRef,
    function: FunctionRef,
    parameter: SmolStr,
    at: Location,
    /// The column that it would be compared with, when it is called as that.
    column: Option<SmolStr>,
}

fn ignored(context: &Context<'_>, reached: &Reached<'_>) -> Option<Ignored> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    if !looks(call.operation) || !is_open(context, reached) {
        return None;
    }
    let columns = owner_columns(context, model);
    if !is_of_anybody(context, reached, model) {
        return None;
    }
    let run = context.flow.runs(reached.query.call).next()?;
    if is_promised(context, run.function) {
        return None;
    }
    let facts = project.modules.facts(run.function.module);
    let (binding, column) = parameters(facts, run.function).find_map(|binding| {
        let name = &facts.binding(binding).name;
        let column = columns.iter().find(|column| means(name, column))?;
        (!is_read(facts, binding)).then_some((binding, column))
    })?;
    let declared = facts.binding(binding);
    Some(Ignored {
        model,
        function: run.function,
        parameter: declared.name.clone(),
        at: project.modules.at(run.function.module, declared.span),
        column: Some(column.clone()),
    })
}

/// The same of a key of who asks that a function is handed on this way, whatever it is called.
fn unused(context: &Context<'_>, walk: &Walk<'_>, reached: &Reached<'_>) -> Option<Ignored> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let owned = project.owners.of(model).required_chain().is_some();
    let function = reached.run.function;
    if !owned
        || !(looks(call.operation) || picks(call.operation))
        || survey(context).evidence.is_open(model) && !is_changed(context, walk, model)
        || !is_open(context, reached)
        || is_promised(context, function)
    {
        return None;
    }
    let trust = reached.trust();
    let asked_of = match verdict(project, reached, trust) {
        Verdict::Unfiltered => false,
        // What is looked up may be compared with who asks by those who called.
        Verdict::ClientKeyOnly(keyed) => walk.trust().holds(&keyed.key),
        _ => return None,
    };
    if asked_of || !is_blind(reached, trust) {
        return None;
    }
    let facts = project.modules.facts(function.module);
    let own = reached.run.asked.iter();
    let mut keys = own.filter(|asked| {
        let name = &facts.binding(asked.id).name;
        asked.module == function.module && name.to_ascii_lowercase().ends_with("id")
    });
    let binding = keys.find(|asked| !is_read(facts, asked.id))?;
    let declared = facts.binding(binding.id);
    Some(Ignored {
        model,
        function,
        parameter: declared.name.clone(),
        at: project.modules.at(function.module, declared.span),
        column: None,
    })
}

/// Whether rows of a model are changed on the way: that everybody may see them says nothing then.
fn is_changed(context: &Context<'_>, walk: &Walk<'_>, model: ModelRef) -> bool {
    walk.queries.iter().any(|reached| {
        let call = context.project.calls.get(reached.query.call);
        call.model() == Some(model) && changes(call.operation)
    })
}

/// Whether an operation goes by a condition that need not name one row.
fn looks(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindMany
            | Operation::Count
            | Operation::Aggregate
            | Operation::GroupBy
            | Operation::UpdateMany
            | Operation::DeleteMany
    )
}

/// Whether an operation names one row.
fn picks(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::Update
            | Operation::Delete
    )
}

/// Whether nothing is known to keep a query to its owner.
fn is_open(context: &Context<'_>, reached: &Reached<'_>) -> bool {
    let client = &context.project.calls.get(reached.query.call).client;
    let trust = reached.trust();
    let open = || {
        matches!(
            verdict(context.project, reached, trust),
            Verdict::Unfiltered | Verdict::Unknown | Verdict::ClientKeyOnly(_)
        )
    };
    !client.is_scoping() && !client.extended && open()
}

/// Whether a class promises elsewhere what a function takes: each of those who keep the promise does.
fn is_promised(context: &Context<'_>, function: FunctionRef) -> bool {
    let modules = &context.project.modules;
    let declared = functions::declared(context.project, function);
    let Some((name, id)) = declared.and_then(|one| Some((one.name.as_ref()?, one.class?))) else {
        return false;
    };
    let module = function.module;
    let ancestry = Types::new(modules).ancestry(In { module, id });
    let mut classes = ancestry
        .iter()
        .map(|of| modules.facts(of.module).class(of.id));
    let Some(own) = classes.next() else {
        return false;
    };
    // A base of a package promises what is not seen.
    let last = classes.clone().next_back().unwrap_or(own);
    let asks = |class: &Class| {
        let mut keys = class.members.iter().filter_map(|member| member.key.name());
        keys.any(|key| key.text == name.text)
    };
    !own.implements.is_empty() || last.extends.is_some() || classes.any(asks)
}

/// The columns of a model that hold the key of an owner.
pub(super) fn owner_columns(context: &Context<'_>, model: ModelRef) -> Vec<SmolStr> {
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let direct = context.project.owners.of(model).direct();
    direct
        .filter_map(|chain| Some(datamodel[chain.key?].name.clone()))
        .collect()
}

/// Whether nothing in a condition says which row is meant, or whose: neither a key of the row, nor
/// one of a row that it refers to. That there is none (`parentId: null`) says neither.
fn is_of_anybody(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let arguments = reached.query.arguments.first();
    let Some(arguments) = arguments else {
        return true;
    };
    let Some(arguments) = arguments.as_object().filter(|one| one.spreads.is_empty()) else {
        return false;
    };
    let Some(filter) = arguments.entries.get("where") else {
        return true;
    };
    let plain = |value: &Value| matches!(value, Value::Object(_));
    let Some(leaves) = leaves(&filter.value).filter(|_| plain(&filter.value)) else {
        return false;
    };
    leaves
        .iter()
        .all(|leaf| leaf.value.is_constant() || says_what(context, model, &leaf.path))
}

/// Whether the column at the end of a path tells no row from others, and refers to none.
pub(super) fn says_what(context: &Context<'_>, model: ModelRef, path: &[SmolStr]) -> bool {
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let owners = context.project.owners.graph(model.schema);
    let mut at = context.project.schemas.model(model);
    for name in path {
        let Some(field) = at.field(name) else {
            return false;
        };
        match datamodel.target(field) {
            Some(target) => at = target,
            None => return !names_rows(at, field) && owners.names_row_of(field.id).is_none(),
        }
    }
    // A relation alone: `author: { is: null }`.
    false
}

fn names_rows(model: &Model, field: &Field) -> bool {
    let refers = model
        .relation_fields()
        .filter_map(Field::relation)
        .any(|side| side.fields.contains(&field.id));
    let keyed = model.is_id(field.id) || model.is_unique(field.id) || refers;
    keyed || !matches!(field.ty, FieldType::Scalar(_) | FieldType::Enum(_))
}

/// Whether a function takes something that is called as the owner's column of a model is.
pub(super) fn is_told_by_name(
    context: &Context<'_>,
    function: FunctionRef,
    model: ModelRef,
) -> bool {
    let facts = context.project.modules.facts(function.module);
    let columns = owner_columns(context, model);
    parameters(facts, function).any(|binding| {
        let name = &facts.binding(binding).name;
        columns.iter().any(|column| means(name, column))
    })
}

/// The names that a function takes, those inside of what it takes apart too.
fn parameters(facts: &ModuleFacts, function: FunctionRef) -> impl Iterator<Item = BindingId> + '_ {
    let all = facts.bindings.iter().zip(0u32..);
    all.filter_map(move |(binding, n)| match &binding.kind {
        BindingKind::Parameter { function: of, .. } if *of == function.id => Some(BindingId(n)),
        _ => None,
    })
}

fn is_read(facts: &ModuleFacts, binding: BindingId) -> bool {
    !facts.uses(binding).is_empty()
}

/// Whether a parameter is called as the owner's column is: `org`, `orgId` and `uid` for
/// `organizationId` and `userUid`.
fn means(parameter: &str, column: &str) -> bool {
    let (parameter, column) = (parameter.to_ascii_lowercase(), column.to_ascii_lowercase());
    let stem = |name: &str| {
        let ends = ["_id", "uuid", "uid", "id"];
        let end = ends.iter().find_map(|end| name.strip_suffix(end));
        end.unwrap_or(name).to_owned()
    };
    let own = stem(&parameter);
    parameter == column
        || parameter == "uid" && column.ends_with("uid")
        || own.len() >= SHORT && stem(&column).starts_with(&own)
}

fn tell(
    context: &Context<'_>,
    query: CallId,
    ignored: &Ignored,
    endpoint: &Endpoint,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(query);
    let model = &project.schemas.model(ignored.model).name;
    let function = functions::name(project, ignored.function);
    let does = match changes(call.operation) {
        true => "changes",
        false => "looks for",
    };
    let Ignored {
        parameter, column, ..
    } = ignored;
    let add = match column {
        Some(column) if parameter == column => format!("add `{column}` to the condition"),
        Some(column) => format!("add `{column}: {parameter}` to the condition"),
        None => format!("compare the owner with `{parameter}` in the condition"),
    };
    Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!("`{function}` is handed `{parameter}`, and {does} `{model}` rows of anybody"),
    )
    .label("nothing here says whose rows are meant")
    .related(ignored.at, "nothing reads this")
    .related(endpoint.at, who_comes(endpoint))
    .lowered(
        Severity::Medium,
        "what the rows are used for was not followed",
    )
    .confidence(Confidence::Likely)
    .help(format!("{add}, or take the parameter away"))
    .subject(format!("handed:{function} {parameter} {model}"))
}
