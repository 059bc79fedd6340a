//! Relations that a write loads, and that nothing reads.

use snell_flow::{Entry, Value};
use snell_project::{client::Operation, module::In};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    overfetch::rows::{self, Callers},
    repeated,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        queries::{self, ModelQuery},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/unused-include",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A write loads relations of the row that it wrote, and nothing reads them",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let callers = Callers::of(context);
    queries::of_models(context)
        .filter(|query| {
            // Of reads `query/overfetch` tells.
            matches!(
                query.call.operation,
                Operation::Create | Operation::Update | Operation::Upsert | Operation::Delete
            ) && !query.call.client.extended
                && functions::is_application(context.project, query.call.module)
        })
        .filter_map(|query| {
            let loaded = loaded(context, &query);
            if loaded.is_empty() {
                return None;
            }
            let at = In {
                module: query.call.module,
                id: query.call.expression,
            };
            let thrown_away = is_thrown_away(context, &query);
            let read = match thrown_away {
                true => Default::default(),
                false => rows::read(context, &callers, at, false)?,
            };
            let unread: Vec<(&str, &Entry)> = loaded
                .into_iter()
                .filter(|(name, _)| !read.contains(*name))
                .collect();
            finding(context, &query, &unread, thrown_away)
        })
        .collect()
}

/// Whether nobody takes the row: the query is a statement of its own.
fn is_thrown_away(context: &Context<'_>, query: &ModelQuery<'_>) -> bool {
    let module = context.project.modules.get(query.call.module);
    let at = query.call.expression;
    let awaited = module.context.parent(at);
    module.context.is_discarded(at)
        || awaited.is_some_and(|parent| module.context.is_discarded(parent))
}

/// The relations that a write surely loads.
fn loaded<'a>(context: &Context<'_>, query: &ModelQuery<'a>) -> Vec<(&'a str, &'a Entry)> {
    let model = context.project.schemas.model(query.model);
    let arguments = query
        .event
        .query
        .arguments
        .first()
        .and_then(Value::as_object)
        .filter(|arguments| arguments.spreads.is_empty());
    let projection = arguments.and_then(|arguments| {
        let mut keys = ["include", "select"].iter();
        keys.find_map(|key| arguments.entries.get(*key))
    });
    let Some(chosen) = projection.and_then(|entry| entry.value.as_object()) else {
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

fn finding(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    unread: &[(&str, &Entry)],
    thrown_away: bool,
) -> Option<Diagnostic> {
    let (_, first) = unread.first()?;
    let title = repeated::title(context, query.call);
    let names: Vec<String> = unread.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        context.project.modules.at(first.module, first.key),
        format!(
            "`{title}` loads {} after it has written",
            wording::and(&names)
        ),
    )
    .label(match thrown_away {
        true => "nobody takes the row",
        false => "nothing reads it",
    });
    for (name, entry) in &unread[1..] {
        let at = context.project.modules.at(entry.module, entry.key);
        found = found.related(at, format!("nor `{name}`"));
    }
    Some(
        found
            .related(
                queries::operation_at(context, query.call),
                "then a query of its own (or a join) for each",
            )
            .confidence(Confidence::Likely)
            .help("leave it out")
            .subject(format!(
                "query:{} {title} include",
                functions::name(context.project, query.event.function)
            )),
    )
}
