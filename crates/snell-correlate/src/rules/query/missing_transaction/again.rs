//! Writes that the next try does again, as if nothing had been done.

use snell_flow::{
    Fact, Summary,
    scope::{Origin, origins},
};
use snell_prisma::{Model, ScalarType};

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
    let completed = first.kind == Kind::Update
        && first
            .query
            .is_some_and(|query| !query.arguments.iter().any(steps))
        && second.kind == Kind::Create
        && summary.events[action.position]
            .facts
            .iter()
            .any(|fact| says_missing(context, fact, second));
    completed.then_some("it is made when it is missing: the next time does it")
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
