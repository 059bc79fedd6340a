//! Rows that are read to be counted.

use snell_flow::{Literal, Value};
use snell_project::{client::Operation, module::In};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    overfetch::rows::{self, Callers},
    repeated, written,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::queries::{self, ModelQuery},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/counter-by-loop",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Rows are read only to be counted in the code",
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
            query.call.operation == Operation::FindMany
                && !query.call.client.changes_queries()
                && functions::is_application(context.project, query.call.module)
                && !is_of_one(query)
                && !has_unknown(query)
        })
        .filter(|query| {
            let at = In {
                module: query.call.module,
                id: query.call.expression,
            };
            let module = context.project.modules.get(at.module);
            let awaited = module.context.parent(at.id);
            let thrown_away = module.context.is_discarded(at.id)
                || awaited.is_some_and(|parent| module.context.is_discarded(parent));
            !thrown_away
                && rows::read(context, &callers, at, true).is_some_and(|fields| fields.is_empty())
        })
        .map(|query| finding(context, &query))
        .collect()
}

/// `take: 1` asks whether there is one.
fn is_of_one(query: &ModelQuery<'_>) -> bool {
    matches!(query.argument("take"), Some(Value::Literal(Literal::Number(text))) if **text == *"1")
}

fn has_unknown(query: &ModelQuery<'_>) -> bool {
    let arguments = query
        .event
        .query
        .arguments
        .first()
        .and_then(Value::as_object);
    arguments.is_some_and(|arguments| !arguments.spreads.is_empty())
}

fn finding(context: &Context<'_>, query: &ModelQuery<'_>) -> Diagnostic {
    let title = repeated::title(context, query.call);
    let model = context.project.schemas.model(query.model);
    let arguments = query
        .event
        .query
        .arguments
        .first()
        .and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let condition = filter.map_or_else(String::new, |filter| {
        format!("{{ {} }}", written::entry(context, "where", filter))
    });
    Diagnostic::at(
        &RULE.metadata,
        queries::operation_at(context, query.call),
        format!("`{title}` reads rows of which the code only counts how many there are"),
    )
    .label("nothing of a row is read")
    .confidence(Confidence::Likely)
    .help(format!(
        "let the database count: `{}.count({condition})`",
        model.accessor
    ))
    .subject(format!(
        "query:{} {title}",
        functions::name(context.project, query.event.function)
    ))
}
