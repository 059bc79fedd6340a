//! A person who is looked up and then created, by two requests at once.

use snell_flow::{
    Fact, Value,
    scope::{Origin, origins},
};
use snell_project::{client::Operation, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    keys::{Person, keys},
    tell,
    webhook_not_idempotent::is_caught,
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/clerk-user-race",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Two first requests of a person both find nobody, and one of them fails",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let keys = keys(context);
    let mut told: Vec<Location> = Vec::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !functions::is_application(context.project, endpoint.module) {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let person = keys
                .people
                .iter()
                .find(|person| call.model() == Some(person.model));
            let (Some(person), Operation::Create) = (person, call.operation) else {
                continue;
            };
            let at = tell::operation(context, reached.query.call);
            if told.contains(&at)
                || !writes_clerks(context, person, reached.query.arguments.first())
                || is_caught(context, reached.query.call, &reached.trail)
            {
                continue;
            }
            let looked = reached
                .facts
                .iter()
                .find_map(|fact| absent(context, fact, person.model));
            if let Some(looked) = looked {
                told.push(at);
                found.push(finding(context, person, at, looked, endpoint.at));
            }
        }
    }
    found
}

/// Whether the new row gets an id of Clerk.
fn writes_clerks(context: &Context<'_>, person: &Person, arguments: Option<&Value>) -> bool {
    let schema = context.project.schemas.get(person.model.schema);
    let name = &schema.datamodel[person.clerks].name;
    let data = arguments
        .and_then(Value::as_object)
        .and_then(|arguments| arguments.entries.get("data")?.value.as_object());
    data.is_some_and(|data| data.entries.contains_key(name))
}

/// Where a person was looked for and not found.
fn absent(context: &Context<'_>, fact: &Fact, model: ModelRef) -> Option<Location> {
    let value = match fact {
        Fact::Falsy(value) | Fact::Equal(value, Value::Null) => value,
        _ => return None,
    };
    let mut found = None;
    origins(value, &mut |origin| {
        if let Origin::Row(row, path) = origin
            && path.is_empty()
            && context.project.calls.get(row.call).model() == Some(model)
        {
            found = Some(tell::operation(context, row.call));
        }
    });
    found
}

fn finding(
    context: &Context<'_>,
    person: &Person,
    at: Location,
    looked: Location,
    endpoint: Location,
) -> Diagnostic {
    let schema = context.project.schemas.get(person.model.schema);
    let field = &schema.datamodel[person.clerks];
    let model = context.project.schemas.model(person.model);
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "two first requests at once both create the `{}`, and one fails",
            model.name
        ),
    )
    .label("P2002 for the second: who has just signed up sees an error")
    .related(looked, "both find nobody here")
    .related(schema.field_name(field), "one row for each id of Clerk")
    .related(
        endpoint,
        "a page sends several first requests at once, and so may the webhook",
    )
    .confidence(Confidence::Likely)
    .help("use `upsert` by the id of Clerk, with an empty `update` where nothing is to be changed")
    .subject(format!("model:{}", model.name))
}
