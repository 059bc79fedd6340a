//! Writes that the next try does again, as if nothing had been done.

use snell_flow::{
    Fact, Summary, Value,
    scope::{Origin, origins},
};
use snell_prisma::{FieldId, Model, ScalarType};

use super::{
    links::Link,
    writes::{Action, Kind, Write},
};
use crate::rule::Context;

/// Words in the names of models whose rows are thrown away after use.
const THROWN_AWAY: [&str; 6] = ["token", "otp", "verification", "challenge", "code", "nonce"];

/// Why a failure between two writes is mended by trying again.
pub(super) fn mends(
    context: &Context<'_>,
    summary: &Summary,
    first: &Write<'_>,
    (action, second): (&Action<'_>, &Write<'_>),
    link: Link,
) -> Option<&'static str> {
    let model = context.project.schemas.model(second.model);
    if link == Link::Replaced && is_thrown_away(model) {
        return Some("who asks again is given a new one");
    }
    if let Link::Related(relation) = link
        && first.kind == Kind::Create
        && second.kind == Kind::Update
        && relation.model == second.model.model
        && is_optional(context, second, relation)
    {
        return Some("when it fails, a row is left that nothing refers to");
    }
    if first.kind == Kind::Update && is_the_same_again(first) && sets_constants(second) {
        return Some("the next try sets the same again");
    }
    let completed = first.kind == Kind::Update
        && is_the_same_again(first)
        && second.kind == Kind::Create
        && summary.events[action.position]
            .facts
            .iter()
            .any(|fact| says_missing(context, fact, second));
    completed.then_some("it is made when it is missing: the next time does it")
}

/// Whether a row may be without what the relation leads to.
fn is_optional(context: &Context<'_>, write: &Write<'_>, relation: FieldId) -> bool {
    let datamodel = &context.project.schemas.get(write.model.schema).datamodel;
    datamodel[relation].is_optional()
}

/// Whether a write comes to the same when it is done twice.
fn is_the_same_again(write: &Write<'_>) -> bool {
    write
        .query
        .is_some_and(|query| !query.arguments.iter().any(steps))
}

/// Whether an update sets constants alone: `data: { done: true }`.
fn sets_constants(write: &Write<'_>) -> bool {
    let arguments = write.query.and_then(|query| query.arguments.first());
    let data = arguments
        .and_then(Value::as_object)
        .and_then(|arguments| arguments.entries.get("data")?.value.as_object());
    write.kind == Kind::Update
        && data.is_some_and(|data| {
            let mut values = data.entries.values();
            data.spreads.is_empty()
                && !data.entries.is_empty()
                && values.all(|entry| matches!(entry.value, Value::Literal(_)))
        })
}

/// Whether rows are secrets that end by themselves.
fn is_thrown_away(model: &Model) -> bool {
    let name = model.name.to_ascii_lowercase();
    THROWN_AWAY.iter().any(|word| name.contains(word))
        && model.fields.iter().any(|field| {
            field.scalar() == Some(ScalarType::DateTime)
                && field.name.to_ascii_lowercase().contains("expire")
        })
}

/// Whether a number goes up or down: not the same when it is done twice.
fn steps(arguments: &snell_flow::Value) -> bool {
    let mut found = false;
    arguments.visit(&mut |part| {
        found |= part.as_object().is_some_and(|object| {
            ["increment", "decrement", "multiply", "divide", "push"]
                .iter()
                .any(|step| object.entries.contains_key(*step))
        });
    });
    found
}

/// Whether a row of the model that is created was looked for, and not found.
fn says_missing(context: &Context<'_>, fact: &Fact, second: &Write<'_>) -> bool {
    let Fact::Falsy(value) = fact else {
        return false;
    };
    let mut found = false;
    origins(value, &mut |origin| {
        if let Origin::Row(row, path) = origin {
            found |= path.is_empty()
                && context.project.calls.get(row.call).model() == Some(second.model);
        }
    });
    found
}
