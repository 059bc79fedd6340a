//! Tenants that a header names: whoever signs in says whose rows are reached.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_flow::scope::{Origin, Walk, leaves, origins};
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind, Given},
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::RULE;
use crate::{functions, rule::Context};

/// Words of code that asks whether somebody belongs to what a header names.
const ASKS: [&str; 8] = [
    ".user",
    "prisma",
    "member",
    "jwt",
    "verify",
    "findunique",
    "findfirst",
    "claims",
];

/// The endpoints that reach rows by one header.
struct Named {
    count: usize,
    /// Where the first of them takes it.
    at: Location,
    endpoint: Location,
    query: CallId,
}

/// One finding for each header that nothing ties to who asks, with its name.
pub(super) fn findings(context: &Context<'_>) -> Vec<(String, Diagnostic)> {
    let mut found: BTreeMap<String, Named> = BTreeMap::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let walk = &entered.walk;
        let open = endpoint.kind == EndpointKind::Http
            && endpoint.is_open_to_every_user()
            && functions::is_application(context.project, endpoint.module)
            && !walk.uses_identity
            && !walk.doubtful;
        if !open {
            continue;
        }
        let Some((header, query)) = named(context, walk) else {
            continue;
        };
        let known = found.entry(header.to_string()).or_insert_with(|| Named {
            count: 0,
            at: taken(context, endpoint, &header).unwrap_or(endpoint.at),
            endpoint: endpoint.at,
            query,
        });
        known.count += 1;
    }
    found.retain(|header, _| !is_checked(context, header));
    found
        .iter()
        .map(|(header, named)| (header.clone(), told(context, header, named)))
        .collect()
}

fn told(context: &Context<'_>, header: &str, named: &Named) -> Diagnostic {
    let call = context.project.calls.get(named.query);
    let query = context.project.modules.at(call.module, call.name.span);
    let (endpoints, reach) = match named.count {
        1 => ("one endpoint".to_owned(), "reaches"),
        count => (format!("{count} endpoints"), "reach"),
    };
    Diagnostic::at(
        &RULE.metadata,
        named.at,
        format!("{endpoints} {reach} the rows of whom the header `{header}` names: nothing ties it to who asks"),
    )
    .label("what the client sent")
    .related(named.endpoint, "every signed-in user gets here")
    .related(query, "here it is all that says whose the rows are")
    .lowered(
        Severity::High,
        "something before the application may set the header",
    )
    .confidence(Confidence::Likely)
    .help("ask before each request, in a guard, whether who is signed in belongs to what the header names")
    .subject(format!("header:{header}"))
}

/// A query whose rows are those of whom a header names, and the name of the header.
fn named(context: &Context<'_>, walk: &Walk<'_>) -> Option<(SmolStr, CallId)> {
    walk.queries.iter().find_map(|reached| {
        context.project.calls.get(reached.query.call).model()?;
        let arguments = reached.query.arguments.first()?.as_object()?;
        let leaves = leaves(&arguments.entries.get("where")?.value)?;
        let trust = reached.trust();
        let header = leaves.iter().find_map(|leaf| {
            let column = plain(leaf.path.last()?);
            let mut header = None;
            origins(leaf.value, &mut |origin| match origin {
                Origin::Client(key) if key.part == "headers" && !trust.holds(&key) => {
                    header = key.path.first().cloned();
                }
                _ => {}
            });
            header.filter(|header| column.ends_with("id") && plain(header).ends_with(&column))
        })?;
        Some((header, reached.query.call))
    })
}

/// Where a handler takes a header, its name in lower case.
fn taken(context: &Context<'_>, endpoint: &Endpoint, header: &str) -> Option<Location> {
    let position = endpoint.parameters.iter().position(|given| match given {
        Given::Client(part, Some(name)) => part == "Headers" && name == header,
        Given::Headers(names) => names.iter().any(|name| name == header),
        _ => false,
    })?;
    let handler = endpoint.handler;
    let declared = functions::declared(context.project, handler)?;
    let decorator = declared.parameters.get(position)?.decorators.first()?;
    Some(context.project.modules.at(handler.module, decorator.span))
}

/// Letters and digits alone: `x-tenant-id` and `tenantId` end alike.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_ascii_lowercase()
}

/// Whether something that reads the header may ask who belongs to what it names.
fn is_checked(context: &Context<'_>, header: &str) -> bool {
    context.project.modules.iter().any(|(module, owner)| {
        // What endpoints ask themselves is followed, and nothing of it was found.
        let mut endpoints = context.project.endpoints.iter();
        let holds_endpoints = endpoints.any(|endpoint| endpoint.handler.module == module);
        if context.project.path_facts(module).test || holds_endpoints {
            return false;
        }
        let text = context.sources.file(owner.file).text.to_ascii_lowercase();
        // A guard asks before the endpoints that it stands at, where it is seen: those found here
        // have none that does.
        if text.contains("canactivate") {
            return false;
        }
        let mut read = ["headers[", "header(", "get("]
            .iter()
            .flat_map(|before| ['\'', '"'].map(|quote| format!("{before}{quote}{header}{quote}")));
        read.any(|read| text.contains(&read)) && ASKS.iter().any(|word| text.contains(word))
    })
}
