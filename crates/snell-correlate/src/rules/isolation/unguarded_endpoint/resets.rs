//! Endpoints that give somebody a new password, and ask for nothing that only they know.

use snell_flow::{
    Value,
    scope::{Origin, Reached, origins},
};
use snell_prisma::Field;
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, Given},
    module::ExpressionRef,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location};

use super::{
    RULE,
    beside::proof::{asks_on_the_way, is_by_secret, proves, says_secret, speaks_of_proof},
};
use crate::{
    functions,
    rule::Context,
    rules::{
        isolation::{
            entries::{Entry, entries},
            people,
        },
        security::{Secret, secret},
    },
};

/// Words in the names of endpoints that are not there for people.
const OTHERS: [&str; 6] = ["dev", "test", "seed", "demo", "mock", "setup"];

/// Whose password is set.
struct Reset {
    model: ModelRef,
    column: String,
    /// What the client sent to name them.
    key: String,
    /// The query that found the row by which they are named.
    through: Option<CallId>,
}

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    entries(context)
        .iter()
        .filter(|entry| is_open(context, entry))
        .filter_map(|entry| {
            entry.walk.queries.iter().find_map(|reached| {
                let reset = reset(context, entry, reached)?;
                Some(finding(context, entry.endpoint, reached, &reset))
            })
        })
        .collect()
}

/// Whether anybody gets to an endpoint, and nothing that it is handed may say who they are.
pub(super) fn is_open(context: &Context<'_>, entry: &Entry<'_>) -> bool {
    let endpoint = entry.endpoint;
    let access = &endpoint.access;
    let lower = endpoint.name.to_ascii_lowercase();
    functions::is_application(context.project, endpoint.module)
        && endpoint.class.is_some()
        && access.asks_nothing()
        && !access.may_read
        && !entry.walk.cut
        && !entry.walk.doubtful
        && !OTHERS.iter().any(|word| lower.contains(word))
        && !endpoint.parameters.iter().any(|given| match given {
            Given::Identity | Given::Unknown | Given::Request | Given::Other => true,
            given => given.may_prove(),
        })
}

fn reset(context: &Context<'_>, entry: &Entry<'_>, reached: &Reached<'_>) -> Option<Reset> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    let changes = call.operation.is_write()
        && !call.operation.is_create()
        && people::is_identity(context, model);
    if !changes || reached.doubtful || reached.trust().opaque {
        return None;
    }
    let arguments = reached.query.arguments.first()?.as_object()?;
    let data = arguments.entries.get("data")?.value.as_object()?;
    let declared = context.project.schemas.model(model);
    let column = declared.columns().find(|field| {
        secret(field) == Some(Secret::Password)
            && data
                .entries
                .get(&field.name)
                .is_some_and(|entry| !matches!(entry.value, Value::Null | Value::Undefined))
    })?;
    let named = named(context, &arguments.entries.get("where")?.value)?;
    // What was sent may be compared on the way, or be what a row is found by.
    let mut before = entry.walk.queries.iter();
    let asked = reached.facts.iter().any(proves)
        || before.any(is_by_secret)
        || asks_on_the_way(context, entry.endpoint, reached)
        || speaks_of_proof(context, entry.endpoint, reached);
    (!asked).then(|| Reset {
        model,
        column: column.name.to_string(),
        key: named.0,
        through: named.1,
    })
}

/// What the client sent by which a condition names somebody: by itself, or by a row that it found,
/// of a kind that has something to compare.
fn named(context: &Context<'_>, filter: &Value) -> Option<(String, Option<CallId>)> {
    let columns = filter.as_object().filter(|one| one.spreads.is_empty())?;
    let mut found = None;
    for entry in columns.entries.values() {
        let (mut other, mut own) = (false, None);
        origins(&entry.value, &mut |origin| match origin {
            Origin::Client(key) => own = Some((key.text(), None)),
            Origin::Row(row, _) => match found_by(context, row.call, &row.arguments) {
                Some(key) => own = Some((key, Some(row.call))),
                None => other = true,
            },
            Origin::Constant => {}
            _ => other = true,
        });
        if other {
            return None;
        }
        found = found.or(own);
    }
    found
}

/// The key by which alone the client named a row that has a secret to compare.
fn found_by(context: &Context<'_>, call: CallId, arguments: &Value) -> Option<String> {
    let model = context.project.calls.get(call).model()?;
    let declared = context.project.schemas.model(model);
    let told = |field: &Field| says_secret(&field.name) && field.relation().is_none();
    let filter = arguments.as_object()?.entries.get("where")?;
    let columns = filter
        .value
        .as_object()
        .filter(|one| one.spreads.is_empty())?;
    // A profile names the person whose it is.
    let person = || !people::columns(context, model.schema, declared).is_empty();
    let plain = people::is_identity(context, model) || declared.columns().any(told) || person();
    if !plain || columns.entries.is_empty() {
        return None;
    }
    let mut key = None;
    for (name, entry) in &columns.entries {
        let mut other = says_secret(name);
        origins(&entry.value, &mut |origin| match origin {
            Origin::Client(sent) => {
                other |= sent.path.last().is_some_and(|last| says_secret(last));
                key = Some(sent.text());
            }
            Origin::Constant => {}
            _ => other = true,
        });
        if other {
            return None;
        }
    }
    key
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    reset: &Reset,
) -> Diagnostic {
    let project = context.project;
    let place = |call: CallId| {
        let call = project.calls.get(call);
        project.modules.at(call.module, call.name.span)
    };
    let model = project.schemas.model(reset.model);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place(reached.query.call),
        format!(
            "`{}` sets `{}.{}` of whomever `{}` names, and compares nothing that was sent",
            endpoint.name, model.name, reset.column, reset.key
        ),
    )
    .label("whoever asks has the password then")
    .related(endpoint.at, "nobody signs in here");
    if let Some(through) = reset.through.filter(|call| *call != reached.query.call) {
        found = found.related(
            place(through),
            format!(
                "found by `{}` alone: the code or token that it holds is not compared",
                reset.key
            ),
        );
    }
    for at in reached.trail.iter().take(2) {
        found = found.related(call_place(context, *at), "this call leads to it");
    }
    found
        .confidence(Confidence::Likely)
        .help("compare the token or code that was sent with what is stored, and whether it is still good, before the password is written; or ask for the old password of who is signed in")
        .subject(format!("endpoint:{} column:{}", endpoint.name, reset.column))
}

fn call_place(context: &Context<'_>, at: ExpressionRef) -> Location {
    context.project.modules.location(at)
}
