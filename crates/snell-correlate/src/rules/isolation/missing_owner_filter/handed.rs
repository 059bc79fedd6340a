//! Functions that are handed whose rows are meant, and leave that out of their condition: the
//! parameter is there, and nothing reads it.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_extract::facts::{BindingId, BindingKind, Expression, ModuleFacts};
use snell_flow::{
    Value,
    scope::{Reached, Trust, Verdict, leaves, verdict},
};
use snell_prisma::{Datamodel, Field, FieldType, Model};
use snell_project::{
    client::{CallId, Operation},
    module::FunctionRef,
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{
    super::{reach::changes, survey::survey},
    RULE,
};
use crate::{functions, rule::Context};

/// Shorter names say nothing of whom they mean.
const SHORT: usize = 3;

/// One finding for each query.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let exposures = &survey(context).exposures;
    let mut told: BTreeSet<CallId> = exposures.iter().map(|exposure| exposure.call).collect();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !endpoint.is_open_to_every_user()
            || !functions::is_application(context.project, endpoint.module)
        {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = reached.query.call;
            if !told.contains(&call)
                && let Some(ignored) = ignored(context, reached)
            {
                told.insert(call);
                found.push(tell(context, call, &ignored, endpoint.at));
            }
        }
    }
    found
}

/// An owner that a function is handed and does not look at.
struct Ignored {
    model: ModelRef,
    function: FunctionRef,
    parameter: SmolStr,
    at: Location,
    /// The column that it would be compared with.
    column: SmolStr,
}

fn ignored(context: &Context<'_>, reached: &Reached<'_>) -> Option<Ignored> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let looks = matches!(
        call.operation,
        Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindMany
            | Operation::Count
            | Operation::Aggregate
            | Operation::GroupBy
            | Operation::UpdateMany
            | Operation::DeleteMany
    );
    let trust = Trust::of(&reached.facts);
    let open = || {
        matches!(
            verdict(project, reached, &trust),
            Verdict::Unfiltered | Verdict::Unknown | Verdict::ClientKeyOnly(_)
        )
    };
    if !looks || call.client.scoping || call.client.extended || !open() {
        return None;
    }
    let columns = owner_columns(context, model);
    if !is_of_anybody(context, reached, model) {
        return None;
    }
    let run = context.flow.runs(reached.query.call).next()?;
    // What a class promises elsewhere, each of those who keep the promise takes.
    let bound = functions::class_of(project, run.function)
        .is_some_and(|class| class.extends.is_some() || !class.implements.is_empty());
    if bound {
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
        column: column.clone(),
    })
}

/// The columns of a model that hold the key of an owner without whom there is no row.
fn owner_columns(context: &Context<'_>, model: ModelRef) -> Vec<SmolStr> {
    let Ownership::Owned(chains) = context.project.owners.of(model) else {
        return Vec::new();
    };
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let direct = chains.iter().filter(|chain| chain.relations.len() < 2);
    direct
        .filter(|chain| chain.required)
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
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let declared = context.project.schemas.model(model);
    leaves
        .iter()
        .all(|leaf| leaf.value.is_constant() || says_what(datamodel, declared, &leaf.path))
}

/// Whether the column at the end of a path tells no row from others, and refers to none.
fn says_what(datamodel: &Datamodel, model: &Model, path: &[SmolStr]) -> bool {
    let mut at = model;
    for name in path {
        let Some(field) = at.field(name) else {
            return false;
        };
        match datamodel.target(field) {
            Some(target) => at = target,
            None => return !names_rows(at, field),
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

/// The names that a function takes, those inside of what it takes apart too.
fn parameters(facts: &ModuleFacts, function: FunctionRef) -> impl Iterator<Item = BindingId> + '_ {
    let all = facts.bindings.iter().zip(0u32..);
    all.filter_map(move |(binding, n)| match &binding.kind {
        BindingKind::Parameter { function: of, .. } if *of == function.id => Some(BindingId(n)),
        _ => None,
    })
}

fn is_read(facts: &ModuleFacts, binding: BindingId) -> bool {
    facts.expressions.iter().any(|node| {
        matches!(node.kind, Expression::Identifier { binding: Some(used), .. } if used == binding)
    })
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

fn tell(context: &Context<'_>, query: CallId, ignored: &Ignored, endpoint: Location) -> Diagnostic {
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
    let add = match parameter == column {
        true => format!("`{column}`"),
        false => format!("`{column}: {parameter}`"),
    };
    Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!("`{function}` is handed `{parameter}`, and {does} `{model}` rows of anybody"),
    )
    .label("nothing here says whose rows are meant")
    .related(ignored.at, "nothing reads this")
    .related(endpoint, "every signed-in user gets here")
    .lowered(
        Severity::Medium,
        "what the rows are used for was not followed",
    )
    .confidence(Confidence::Likely)
    .help(format!(
        "add {add} to the condition, or take the parameter away"
    ))
    .subject(format!("handed:{function} {parameter} {model}"))
}
