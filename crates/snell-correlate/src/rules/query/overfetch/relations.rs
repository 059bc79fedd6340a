//! Relations that are loaded, and that nothing reads.

use snell_flow::{Entry, ObjectValue, Value};
use snell_project::{client::Operation, module::In, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, DiagnosticBuilder, RuleMetadata, Severity};

use super::{
    super::repeated,
    RULE, arguments,
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
            query.call.operation.finds_rows()
                && !query.call.client.extended
                && functions::is_application(context.project, query.call.module)
                && !relations(context, query).is_empty()
        })
        .collect()
}

/// The relations that a query surely loads.
fn relations<'a>(context: &Context<'_>, query: &ModelQuery<'a>) -> Vec<(&'a str, &'a Entry)> {
    let include = arguments(query).and_then(|object| object.entries.get("include"));
    include
        .filter(|include| include.always)
        .and_then(|include| include.value.as_object())
        .map(|chosen| chosen_relations(context, query.model, chosen))
        .unwrap_or_default()
}

/// The relations that an `include` or a `select` surely chooses.
pub(in crate::rules::query) fn chosen_relations<'a>(
    context: &Context<'_>,
    model: ModelRef,
    chosen: &'a ObjectValue,
) -> Vec<(&'a str, &'a Entry)> {
    let model = context.project.schemas.model(model);
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
    let callers = Callers::shared(context);
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
    let it = if unread.len() == 1 { "it" } else { "them" };
    let mut found = told(
        context,
        (&RULE.metadata, query),
        unread,
        &format!(", and nothing reads {it}"),
        "a query of its own (or a join) for each of them",
    )?;
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
            .help("take it out of `include`")
            .subject(subject(context, query)),
    )
}

/// A finding at the first relation that nothing reads, which names the others too.
pub(in crate::rules::query) fn told(
    context: &Context<'_>,
    (rule, query): (&'static RuleMetadata, &ModelQuery<'_>),
    unread: &[(&str, &Entry)],
    more: &str,
    label: &'static str,
) -> Option<DiagnosticBuilder> {
    let mut places = unread.iter().map(|(name, entry)| {
        let at = context.project.modules.at(entry.module, entry.key);
        (at, format!("nor `{name}`"))
    });
    let (first, _) = places.next()?;
    let title = repeated::title(context, query.call);
    let names: Vec<String> = unread.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("`{title}` loads {}{more}", wording::and(&names));
    let found = Diagnostic::at(rule, first, message)
        .label(label)
        .confidence(Confidence::Likely);
    Some(places.fold(found, |found, (at, text)| found.related(at, text)))
}

/// What such a finding is about.
pub(in crate::rules::query) fn subject(context: &Context<'_>, query: &ModelQuery<'_>) -> String {
    let function = functions::name(context.project, query.event.function);
    let title = repeated::title(context, query.call);
    format!("query:{function} {title} include")
}
