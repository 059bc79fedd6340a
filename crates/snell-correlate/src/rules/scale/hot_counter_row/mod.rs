//! A counter in a row that every reader updates.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
    ownership::Ownership,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        queries::{self, ModelQuery, objects},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/hot-counter-row",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Every reader of a row writes to it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let read = of_readers(context);
    let mut told = FxHashSet::default();
    queries::of_models(context)
        .filter(|query| functions::is_application(context.project, query.call.module))
        .filter_map(|query| {
            let endpoint = read.get(&query.event.query.call)?;
            let (field, at) = counted(context, &query)?;
            // A row that only its owner reads is one person's.
            let shared = endpoint.access.public.is_some()
                || matches!(context.project.owners.of(query.model), Ownership::Global);
            (shared && told.insert(at)).then(|| finding(context, &query, endpoint, &field, at))
        })
        .collect()
}

/// The calls that requests make which only want to read, with such a request.
fn of_readers<'a>(context: &Context<'a>) -> FxHashMap<CallId, &'a Endpoint> {
    let mut found = FxHashMap::default();
    for walked in context.walks {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        let reads = match endpoint.kind {
            EndpointKind::Http | EndpointKind::Route => endpoint.name.starts_with("GET "),
            EndpointKind::Query => true,
            _ => false,
        };
        if reads && !endpoint.access.administrative {
            for reached in &walked.walk.queries {
                found.entry(reached.query.call).or_insert(endpoint);
            }
        }
    }
    found
}

/// The field that an update counts up, and where.
fn counted(context: &Context<'_>, query: &ModelQuery<'_>) -> Option<(String, Location)> {
    let key = match query.call.operation.as_str() {
        "update" | "updateMany" => "data",
        "upsert" => "update",
        _ => return None,
    };
    objects(query.argument(key)?).find_map(|data| {
        data.entries.iter().find_map(|(name, entry)| {
            let counts = objects(&entry.value).any(|value| value.entries.contains_key("increment"));
            counts.then(|| {
                (
                    name.to_string(),
                    context.project.modules.at(entry.module, entry.key),
                )
            })
        })
    })
}

fn finding(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    endpoint: &Endpoint,
    field: &str,
    at: Location,
) -> Diagnostic {
    let schema = context.project.schemas.get(query.model.schema);
    let model = context.project.schemas.model(query.model);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "every reader of a `{}` row writes `{field}` to it",
            model.name
        ),
    )
    .label("locks the row to the end of the transaction, and leaves a dead version of it")
    .related(
        endpoint.at,
        format!("`{}` only reads otherwise", endpoint.name),
    );
    if let Some(declared) = model.field(field) {
        found = found.related(
            schema.field_name(declared),
            "in the row that everybody reads",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help("count in rows of a table of their own (one for each reading, or for each hour and one of some slots) and sum them, or collect in memory or Redis and write once in a while")
        .subject(wording::subject(model, field))
}
