//! The `state` that comes back from another service with somebody who signs in there, taken for whose the
//! account is: whoever sends a link with another's key binds their own account to that one.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_flow::{
    ObjectValue, Value,
    scope::{Origin, Reached, leaves, origins},
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::Endpoint,
    module::{FunctionRef, ModuleId},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    rules::isolation::{reach::changes, references::key_of},
};

/// What the parameter is called (RFC 6749, section 4.1.2).
const STATE: &str = "state";

/// Words of code that looks whether it has made the value itself.
const PROVES: [&str; 9] = [
    "createhmac",
    "timingsafeequal",
    "verif",
    "decrypt",
    "jwt",
    "cookie",
    "session",
    "nonce",
    "redis",
];

/// One finding for each write.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut told: BTreeSet<CallId> = BTreeSet::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let access = &endpoint.access;
        let open = endpoint.kind.is_request()
            && (access.public.is_some() || !access.authenticated)
            && !access.verified
            && access.restricted.is_empty()
            && access.unknown.is_empty()
            && endpoint.name.to_ascii_lowercase().contains("callback")
            && !entered.walk.cut
            && functions::is_application(project, endpoint.module);
        if !open {
            continue;
        }
        for reached in &entered.walk.queries {
            if !told.contains(&reached.query.call)
                && let Some(column) = owner_by_state(context, reached)
                && !is_proved(context, endpoint, reached)
            {
                told.insert(reached.query.call);
                found.push(tell(context, endpoint, reached, &column));
            }
        }
    }
    found
}

/// The column of the owner that a write compares with, or fills from, the state.
fn owner_by_state(context: &Context<'_>, reached: &Reached<'_>) -> Option<SmolStr> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let writes = changes(call.operation)
        || call.operation.is_create()
        || call.operation == Operation::Upsert;
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let arguments = arguments.filter(|_| writes)?;
    let names = owners(context, model);
    let filtered = arguments.entries.get("where").and_then(|filter| {
        let all = leaves(&filter.value)?;
        all.into_iter().find_map(|leaf| {
            let name = leaf.path.iter().find(|name| names.contains(name))?;
            is_state(leaf.value).then(|| name.clone())
        })
    });
    let written = || {
        let parts = ["data", "create"].iter();
        parts
            .filter_map(|part| arguments.entries.get(*part)?.value.as_object())
            .find_map(|data: &ObjectValue| {
                let mut names = names.iter();
                let name = names.find(|name| {
                    let entry = data.entries.get(*name);
                    entry.is_some_and(|entry| is_state(key_of(&entry.value)))
                })?;
                Some(name.clone())
            })
    };
    filtered.or_else(written)
}

/// The columns and relations by which rows of a model say whose they are; of people and groups, their key.
fn owners(context: &Context<'_>, model: ModelRef) -> Vec<SmolStr> {
    let owners = &context.project.owners;
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let declared = context.project.schemas.model(model);
    if let Ownership::Root(_) = owners.of(model) {
        let ids = declared
            .fields
            .iter()
            .filter(|field| declared.is_id(field.id));
        return ids.map(|field| field.name.clone()).collect();
    }
    let mut names = Vec::new();
    for chain in owners.of(model).direct() {
        names.extend(chain.key.map(|key| datamodel[key].name.clone()));
        names.extend(
            chain
                .relations
                .iter()
                .map(|field| datamodel[*field].name.clone()),
        );
    }
    names
}

/// Whether a value is made of nothing but the state.
fn is_state(value: &Value) -> bool {
    let (mut state, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(key)
            if key.part == "query" && key.path.first().is_some_and(|one| one == STATE) =>
        {
            state = true;
        }
        Origin::Constant => {}
        _ => others = true,
    });
    state && !others
}

/// Whether something on the way may look whether the state is one that was given out.
fn is_proved(context: &Context<'_>, endpoint: &Endpoint, reached: &Reached<'_>) -> bool {
    let proves = |module: ModuleId, function: FunctionRef| {
        let declared = functions::declared(context.project, function);
        let text = declared.map(|one| context.text(context.project.modules.at(module, one.span)));
        text.is_none_or(|text| {
            let lower = text.to_ascii_lowercase();
            PROVES.iter().any(|word| lower.contains(word))
        })
    };
    reached.doubtful
        || proves(endpoint.handler.module, endpoint.handler)
        || proves(reached.run.function.module, reached.run.function)
        || reads_state(context, reached.run.function)
}

/// Whether the class of a function has one that reads the state by a signature.
fn reads_state(context: &Context<'_>, function: FunctionRef) -> bool {
    let Some(class) = functions::class_of(context.project, function) else {
        return false;
    };
    let modules = &context.project.modules;
    let facts = modules.facts(function.module);
    class.members.iter().any(|member| {
        let named = member.key.name().map(|name| name.text.to_ascii_lowercase());
        let of_state = named.is_some_and(|name| name.contains(STATE));
        let snell_extract::facts::MemberKind::Method(method) = member.kind else {
            return false;
        };
        let span = facts.function(method).span;
        let lower = context
            .text(modules.at(function.module, span))
            .to_ascii_lowercase();
        of_state && PROVES.iter().any(|word| lower.contains(word))
    })
}

fn tell(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    column: &str,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let name = call
        .model()
        .map_or("", |model| project.schemas.model(model).name.as_str());
    Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!(
            "`{}` writes the `{name}` of whom `state` names: anybody can put another's key there",
            endpoint.name
        ),
    )
    .label(format!("`{column}` is what came back as `state`"))
    .related(endpoint.at, "nobody has to sign in here")
    .lowered(
        Severity::High,
        "the code of the other service has to be a right one",
    )
    .confidence(Confidence::Likely)
    .help("give out a random `state`, keep it with who asked for it, and look it up here; or sign it, and refuse what is not signed")
    .subject(format!("endpoint:{} state", endpoint.name))
}
