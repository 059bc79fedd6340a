//! Relations that a write loads, and that nothing reads.

use snell_flow::Entry;
use snell_project::{client::Operation, module::In};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::overfetch::{
    arguments, relations,
    rows::{self, Callers},
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::queries::{self, ModelQuery},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/unused-include",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A write loads relations of the row that it wrote, and nothing reads them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let callers = Callers::shared(context);
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
    let projection = arguments(query).and_then(|arguments| {
        let mut keys = ["include", "select"].iter();
        keys.find_map(|key| arguments.entries.get(*key))
    });
    projection
        .and_then(|entry| entry.value.as_object())
        .map(|chosen| relations::chosen_relations(context, query.model, chosen))
        .unwrap_or_default()
}

fn finding(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    unread: &[(&str, &Entry)],
    thrown_away: bool,
) -> Option<Diagnostic> {
    let found = relations::told(
        context,
        (&RULE.metadata, query),
        unread,
        " after it has written",
        match thrown_away {
            true => "nobody takes the row",
            false => "nothing reads it",
        },
    )?;
    Some(
        found
            .related(
                queries::operation_at(context, query.call),
                "then a query of its own (or a join) for each",
            )
            .help("leave it out")
            .subject(relations::subject(context, query)),
    )
}
