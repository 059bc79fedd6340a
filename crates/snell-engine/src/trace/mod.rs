//! `snell trace`: what an endpoint does on its way to its queries.

mod asked;
mod budget;
mod steps;

use snell_flow::scope::EndpointPaths;
use snell_project::{
    client::CallId,
    endpoint::{Access, Endpoint, Given},
};
use snell_report::trace::{Budget, Spot, Trace};
use snell_source::Location;

pub use asked::{NotFound, Question};

use crate::{Analysis, facts};

/// The ways of all endpoints, in the order of files and places.
#[must_use]
pub fn all(analysis: &Analysis) -> Vec<Trace> {
    let requests = analysis.ways().iter().filter(|ways| {
        let endpoint = analysis.project.endpoints.get(ways.endpoint);
        endpoint.kind.is_request()
    });
    let mut traces: Vec<Trace> = requests.map(|ways| trace(analysis, ways)).collect();
    traces.sort_by(|a, b| a.spot.cmp(&b.spot));
    traces
}

/// The ways that were asked for.
///
/// # Errors
///
/// When nothing answers to the question, with what comes near to it.
pub fn asked(analysis: &Analysis, question: &Question) -> Result<Vec<Trace>, NotFound> {
    asked::answer(analysis, question, all(analysis))
}

/// How many queries one request of an endpoint runs.
#[must_use]
pub fn budget(analysis: &Analysis, ways: &EndpointPaths) -> Budget {
    budget::of(analysis, ways)
}

fn trace(analysis: &Analysis, ways: &EndpointPaths) -> Trace {
    let endpoint = analysis.project.endpoints.get(ways.endpoint);
    let entered = analysis.flow.endpoint(ways.endpoint);
    let steps = entered.map_or_else(Vec::new, |entered| {
        steps::of(analysis, &entered.summary, ways)
    });
    let parameters = || endpoint.parameters.iter().zip(0..);
    Trace {
        name: endpoint.name.to_string(),
        handler: facts::handler(analysis, endpoint),
        spot: spot(analysis, endpoint.at),
        access: access(&endpoint.access, endpoint),
        roles: {
            let roles = endpoint.access.roles.iter();
            roles.map(ToString::to_string).collect()
        },
        role_in_code: role_in_code(analysis, ways),
        identity: parameters()
            .filter(|(given, _)| **given == Given::Identity)
            .map(|(_, position)| parameter(analysis, endpoint, position))
            .collect(),
        client: parameters()
            .filter_map(|(given, _)| match given {
                Given::Client(decorator, Some(key)) => Some(format!("@{decorator} {key}")),
                Given::Client(decorator, None) => Some(format!("@{decorator}")),
                Given::Headers(_) => Some("@Headers".to_owned()),
                Given::Request | Given::Circumstances => Some("the request".to_owned()),
                Given::Procedure => Some("the input".to_owned()),
                Given::Identity
                | Given::Parent
                | Given::Response { .. }
                | Given::File
                | Given::Other
                | Given::Nothing
                | Given::Unknown => None,
            })
            .collect(),
        budget: budget::of(analysis, ways),
        steps,
        followed: !ways.cut,
    }
}

/// The role that code asks for before each query that writes, or before each where none does.
fn role_in_code(analysis: &Analysis, ways: &EndpointPaths) -> Option<String> {
    let writes = |call: &CallId| analysis.project.calls.get(*call).operation.is_write();
    let any = ways.queries.iter().any(|(call, _)| writes(call));
    let mut asked = ways
        .queries
        .iter()
        .filter(|(call, _)| !any || writes(call))
        .map(|(_, path)| path.role.as_ref())
        .peekable();
    asked.peek()?;
    let asked: Option<Vec<_>> = asked.collect();
    let named = asked?.into_iter().max_by_key(|name| !name.is_empty())?;
    Some(named.to_string())
}

/// `user: SignedInUser`: a parameter as it is written.
fn parameter(analysis: &Analysis, endpoint: &Endpoint, position: usize) -> String {
    let module = endpoint.handler.module;
    let facts = analysis.project.modules.facts(module);
    let declared = facts.functions.get(endpoint.handler.id.index());
    declared
        .and_then(|function| function.parameters.get(position))
        .map_or_else(
            || format!("parameter {}", position + 1),
            |parameter| {
                let at = analysis.project.modules.at(module, parameter.span);
                let words: Vec<&str> = analysis.sources.text(at).split_whitespace().collect();
                words.join(" ").chars().take(60).collect()
            },
        )
}

/// Who is let through, in words.
fn access(access: &Access, endpoint: &Endpoint) -> String {
    let mut words = Vec::new();
    if let Some(marker) = &access.public {
        words.push(format!("everybody ({marker})"));
    }
    if !access.restricted.is_empty() {
        words.push(format!("only {}", access.restricted.join(", ")));
    }
    let signed_in = access.authenticated || endpoint.parameters.contains(&Given::Identity);
    if words.is_empty() {
        words.push(if signed_in {
            "everyone who is signed in".to_owned()
        } else {
            "no guard was found".to_owned()
        });
    }
    if access.administrative && access.restricted.is_empty() {
        words.push("for administrators by its path or class, and no role is asked for".to_owned());
    }
    if !access.unknown.is_empty() {
        words.push(format!("not read: {}", access.unknown.join(", ")));
    }
    words.join("; ")
}

fn spot(analysis: &Analysis, at: Location) -> Spot {
    let place = facts::Place::of(analysis, at);
    Spot {
        file: place.file.to_owned(),
        line: place.line,
    }
}
