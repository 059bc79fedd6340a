//! Tenants that a header names: whoever signs in says whose rows are reached.

use std::collections::BTreeMap;

use snell_extract::facts::Pattern;
use snell_flow::{
    Value,
    scope::{Walk, leaves},
};
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::RULE;
use crate::{functions, rule::Context};

/// What a header may name of those to whom rows belong.
const GROUPS: [&str; 6] = [
    "tenant",
    "organization",
    "organisation",
    "workspace",
    "company",
    "account",
];

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

/// One finding for each header that nothing ties to who asks.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
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
        let Some((header, at)) = header(context, endpoint) else {
            continue;
        };
        if let Some(known) = found.get_mut(&header) {
            known.count += 1;
        } else if let Some(query) = reached_by(context, walk, &header) {
            found.insert(
                header,
                Named {
                    count: 1,
                    at,
                    endpoint: endpoint.at,
                    query,
                },
            );
        }
    }
    found.retain(|header, _| !is_checked(context, header));
    found
        .iter()
        .map(|(header, named)| told(context, header, named))
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

/// The header that a handler takes the owner from.
fn header(context: &Context<'_>, endpoint: &Endpoint) -> Option<(String, Location)> {
    let modules = &context.project.modules;
    let handler = endpoint.handler;
    let facts = modules.facts(handler.module);
    let declared = facts.functions.get(handler.id.index())?;
    declared.parameters.iter().find_map(|parameter| {
        if !matches!(parameter.pattern, Pattern::Binding(_)) {
            return None;
        }
        parameter.decorators.iter().find_map(|one| {
            let at = modules.at(handler.module, one.span);
            let text = context.text(at).to_ascii_lowercase();
            let name = text.strip_prefix("@headers(")?;
            let name = name
                .trim_end_matches(')')
                .trim_matches(['\'', '"', '`', ' ']);
            let group = GROUPS.iter().any(|group| name.contains(group));
            group.then(|| (name.to_owned(), at))
        })
    })
}

/// A query on rows of the group that a header names.
fn reached_by(context: &Context<'_>, walk: &Walk<'_>, header: &str) -> Option<CallId> {
    let group = GROUPS.iter().find(|group| header.contains(*group))?;
    let by_group = walk.queries.iter().find(|reached| {
        let call = context.project.calls.get(reached.query.call);
        let arguments = reached.query.arguments.first().and_then(Value::as_object);
        let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
        let leaves = filter.and_then(|filter| leaves(&filter.value));
        call.model().is_some()
            && leaves.is_some_and(|leaves| {
                leaves.iter().any(|leaf| {
                    let name = leaf.path.last().map(|name| name.to_ascii_lowercase());
                    let unseen = matches!(leaf.value, Value::Unknown);
                    unseen && name.is_some_and(|name| name.starts_with(group))
                })
            })
    })?;
    Some(by_group.query.call)
}

/// Whether something that reads the header may ask who belongs to what it names.
fn is_checked(context: &Context<'_>, header: &str) -> bool {
    context.project.modules.iter().any(|(module, owner)| {
        if context.project.path_facts(module).test {
            return false;
        }
        let text = context.sources.file(owner.file).text.to_ascii_lowercase();
        let mut read = ["headers[", "header(", "get("]
            .iter()
            .flat_map(|before| ['\'', '"'].map(|quote| format!("{before}{quote}{header}{quote}")));
        read.any(|read| text.contains(&read)) && ASKS.iter().any(|word| text.contains(word))
    })
}
