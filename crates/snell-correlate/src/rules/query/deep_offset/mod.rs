//! Pages that are found by counting over all rows before them.

use snell_flow::ObjectValue;
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::repeated;
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        callers::Callers,
        growth::Growths,
        queries::{self, ModelQuery},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/deep-offset",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Pages of a growing table are found by counting over all rows before them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    let callers = Callers::shared(context);
    queries::of_models(context)
        .filter(|query| {
            query.call.operation == Operation::FindMany
                && functions::is_application(context.project, query.call.module)
                && growths.of_model(query.model).growth.is_by_use()
                && callers.is_requested(query.event.query.call)
        })
        .filter_map(|query| of_query(context, &query))
        .collect()
}

fn of_query(context: &Context<'_>, query: &ModelQuery<'_>) -> Option<Diagnostic> {
    let arguments = query.event.query.arguments.first()?.as_object()?;
    let skip = arguments.entries.get("skip")?;
    let known = |key: &str| arguments.entries.contains_key(key);
    if known("cursor") || skip.value.is_constant() || is_of_few(context, query, arguments) {
        return None;
    }
    let model = context.project.schemas.model(query.model);
    let schema = context.project.schemas.get(query.model.schema);
    let title = repeated::title(context, query.call);
    let help = match model.primary_key().and_then(|key| key.where_key()) {
        Some(key)
            if model
                .primary_key()
                .is_some_and(|key| key.columns.len() == 1) =>
        {
            format!(
                "go on from the last row: `cursor: {{ {key}: lastId }}, skip: 1`, in an order that ends with `{key}`"
            )
        }
        _ => "go on from the last row of the page before, by the columns of the order".to_owned(),
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            context.project.modules.at(skip.module, skip.key),
            format!("`{title}` reads every row before the page that is asked for"),
        )
        .label("`OFFSET` counts rows, and gives them away")
        .related(
            schema.model_name(model),
            "what people do adds rows: page 1,000 reads a thousand pages",
        )
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!(
            "query:{} {title}",
            functions::name(context.project, query.event.function)
        )),
    )
}

/// Whether the rows are those of one parent: few, as parents go.
fn is_of_few(context: &Context<'_>, query: &ModelQuery<'_>, arguments: &ObjectValue) -> bool {
    let Some(filter) = arguments.entries.get("where") else {
        return false;
    };
    // What is not known may well be a parent.
    let Some(filter) = filter
        .value
        .as_object()
        .filter(|filter| filter.spreads.is_empty())
    else {
        return true;
    };
    let model = context.project.schemas.model(query.model);
    filter.entries.iter().any(|(name, entry)| {
        entry.always
            && model.field(name).is_some_and(|field| {
                field.relation().is_some()
                    || model.is_foreign_key(field.id)
                    || model.is_unique(field.id)
                    || context
                        .project
                        .owners
                        .of(query.model)
                        .required_chain()
                        .is_some_and(|chain| chain.key == Some(field.id))
            })
    })
}
