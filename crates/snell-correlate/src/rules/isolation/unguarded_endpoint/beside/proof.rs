//! Whether an endpoint asks for a proof of its own of who asks.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ModuleFacts};
use snell_flow::{
    Fact,
    scope::{Origin, Reached, origins},
};
use snell_project::{
    endpoint::Endpoint,
    module::{FunctionRef, In, ModuleId},
};

use crate::{rule::Context, support::refusal::call_refuses_nobody};

/// Words in the names of what only those know who were told.
const SECRETS: [&str; 9] = [
    "token",
    "code",
    "secret",
    "hash",
    "signature",
    "otp",
    "key",
    "pass",
    "invit",
];

/// Words in the names of calls that ask who somebody is.
const ASKS: [&str; 8] = [
    "verif",
    "decrypt",
    "authoriz",
    "authenticat",
    "permission",
    "apikey",
    "signature",
    "session",
];

/// Whether a fact may be a proof of who asks: what the client sent, compared with what it was not
/// told, or something that was found out by a call that is not followed.
pub(in crate::rules::isolation::unguarded_endpoint) fn proves(fact: &Fact) -> bool {
    let sides = |a, b| {
        let (mut client, mut other) = (false, false);
        for value in [a, b] {
            origins(value, &mut |origin| match origin {
                Origin::Client(_) => client = true,
                Origin::Constant => {}
                _ => other = true,
            });
        }
        client && other
    };
    match fact {
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => sides(a, b),
        // Where one way asks for a proof and another for none, none is asked for.
        Fact::OneOf(groups) => groups.iter().all(|group| group.iter().any(proves)),
        Fact::Truthy(value) | Fact::Falsy(value) => {
            let mut found = false;
            origins(value, &mut |origin| {
                found |= matches!(origin, Origin::Result(_) | Origin::Identity(_));
            });
            found
        }
    }
}

/// Whether a function on the way to a query calls what says in its name that it asks who
/// somebody is.
pub(in crate::rules::isolation::unguarded_endpoint) fn asks_on_the_way(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> bool {
    any_on_the_way(context, endpoint, reached, |facts, expression, module| {
        let Expression::Call { callee, .. } = expression else {
            return false;
        };
        let called = name(facts.expression(*callee));
        called.is_some_and(|name| {
            let lower = name.to_ascii_lowercase();
            ASKS.iter().any(|word| lower.contains(word))
        }) && {
            let callee = In {
                module,
                id: *callee,
            };
            !call_refuses_nobody(context.project, callee)
        }
    })
}

/// Whether something holds of an expression of the functions on the way to a query.
pub(in crate::rules::isolation::unguarded_endpoint) fn any_on_the_way(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    holds: impl Fn(&ModuleFacts, &Expression, ModuleId) -> bool,
) -> bool {
    let functions = on_the_way(context, endpoint, reached);
    functions.into_iter().any(|function| {
        let facts = context.project.modules.facts(function.module);
        let span = facts.function(function.id).span;
        let mut inside = facts.expressions.iter();
        inside.any(|node| span.contains(node.span) && holds(facts, &node.kind, function.module))
    })
}

/// The name that an expression ends in.
fn name(expression: &Expression) -> Option<&SmolStr> {
    match expression {
        Expression::Member { property, .. } => Some(&property.text),
        Expression::Identifier { name, .. } => Some(name),
        _ => None,
    }
}

/// Whether a name is one of what only those know who were told.
pub(in crate::rules::isolation::unguarded_endpoint) fn says_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    SECRETS.iter().any(|word| lower.contains(word))
}

/// Whether a row is looked up by what only those know who were told.
pub(in crate::rules::isolation::unguarded_endpoint) fn is_by_secret(reached: &Reached<'_>) -> bool {
    let secret = says_secret;
    let filter = reached
        .query
        .arguments
        .first()
        .and_then(|arguments| arguments.as_object()?.entries.get("where"));
    filter.is_some_and(|filter| {
        let mut found = filter
            .value
            .as_object()
            .is_some_and(|columns| columns.entries.keys().any(|name| secret(name)));
        origins(&filter.value, &mut |origin| {
            if let Origin::Client(key) = origin {
                found |= key.path.last().is_some_and(|name| secret(name));
            }
        });
        found
    })
}

/// The functions from an endpoint to a query.
fn on_the_way(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> Vec<FunctionRef> {
    let modules = &context.project.modules;
    let call = context.project.calls.get(reached.query.call);
    let query = In {
        module: call.module,
        id: call.expression,
    };
    let around = reached.trail.iter().copied().chain([query]);
    let around = around.filter_map(|at| {
        let id = modules.get(at.module).context.function(at.id)?;
        Some(In {
            module: at.module,
            id,
        })
    });
    around.chain([endpoint.handler]).collect()
}

/// Names of what somebody sends who was told it, or knew it before.
const TOLD: [&str; 7] = [
    "token",
    "code",
    "otp",
    "signature",
    "oldpass",
    "currentpass",
    "previouspass",
];

/// Names of what an endpoint gives whoever has come in, and that say nothing of what was sent.
const GIVEN: [&str; 3] = ["accesstoken", "refreshtoken", "tokens"];

/// Whether a function on the way to a query speaks of what somebody sends to prove who they are.
pub(in crate::rules::isolation::unguarded_endpoint) fn speaks_of_proof(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> bool {
    any_on_the_way(context, endpoint, reached, |_, expression, _| {
        name(expression).is_some_and(|name| {
            let lower = name.to_ascii_lowercase().replace('_', "");
            let given = || GIVEN.iter().any(|word| lower.contains(word));
            TOLD.iter().any(|word| lower.contains(word)) && !given()
        })
    })
}
