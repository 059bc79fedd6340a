//! Relations that are loaded, and that nothing reads.

use snell_flow::{Entry, Value};
use snell_project::{client::Operation, module::In};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{
    super::repeated,
    RULE, arguments, is_read,
    rows::{self, Callers},
};
use crate::{
    functions,
    rule::Context,
    support::{
        queries::{self, ModelQuery},
        wording,
    },
};

/// Queries with an `include`.
fn included<'a>(context: &Context<'a>) -> Vec<ModelQuery<'a>> {
    queries::of_models(context)
        .filter(|query| {
            is_read(query.call.operation)
                && !query.call.client.extended
                && functions::is_application(context.project, query.call.module)
                && !relations(context, query).is_empty()
        })
        .collect()
}

/// The relations that a query surely loads.
fn relations<'a>(context: &Context<'_>, query: &ModelQuery<'a>) -> Vec<(&'a str, &'a Entry)> {
    let model = context.project.schemas.model(query.model);
    let Some(include) = arguments(query).and_then(|object| object.entries.get("include")) else {
        return Vec::new();
    };
    let Some(chosen) = include.value.as_object().filter(|_| include.always) else {
        return Vec::new();
    };
    let named = chosen.entries.iter().filter(|(name, entry)| {
        let loads = matches!(&entry.value, Value::Object(_)) || entry.value == Value::boolean(true);
        let is_relation = model
            .field(name)
            .is_some_and(|field| field.relation().is_some());
        loads && entry.always && is_relation
    });
    named.map(|(name, entry)| (name.as_str(), entry)).collect()
}

/// Those of which the code reads nothing, while it reads other fields of the rows.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let callers = Callers::of(context);
    let mut found = Vec::new();
    for query in included(context) {
        let at = In {
            module: query.call.module,
            id: query.call.expression,
        };
        let is_list = query.call.operation == Operation::FindMany;
        let Some(fields) = rows::read(context, &callers, at, is_list) else {
            continue;
        };
        if fields.is_empty() {
            continue;
        }
        let unread: Vec<(&str, &Entry)> = relations(context, &query)
            .into_iter()
            .filter(|(name, _)| !fields.contains(*name))
            .collect();
        found.extend(finding(context, &query, &unread));
    }
    found
}

fn finding(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    unread: &[(&str, &Entry)],
) -> Option<Diagnostic> {
    let (_, first) = unread.first()?;
    let title = repeated::title(context, query.call);
    let names: Vec<String> = unread.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        context.project.modules.at(first.module, first.key),
        format!(
            "`{title}` loads {}, and nothing reads {}",
            wording::and(&names),
            if names.len() == 1 { "it" } else { "them" }
        ),
    )
    .label("a query of its own (or a join) for each of them");
    for (name, entry) in &unread[1..] {
        let at = context.project.modules.at(entry.module, entry.key);
        found = found.related(at, format!("nor `{name}`"));
    }
    let model = context.project.schemas.model(query.model);
    let is_one = |name: &str| model.field(name).is_some_and(|field| !field.is_list());
    if query.call.operation != Operation::FindMany && unread.iter().all(|(name, _)| is_one(name)) {
        found = found.lowered(Severity::Low, "one row is read, and one row beside it");
    }
    Some(
        found
            .related(
                queries::operation_at(context, query.call),
                "the code reads other fields of these rows",
            )
            .confidence(Confidence::Likely)
            .help("take it out of `include`")
            .subject(format!(
                "query:{} {title} include",
                functions::name(context.project, query.event.function)
            )),
    )
}
