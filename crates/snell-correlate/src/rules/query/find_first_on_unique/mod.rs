//! The first of the one row that there is.

use snell_flow::{ObjectValue, Value};
use snell_prisma::{Index, Model};
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{repeated, written};
use crate::{
    functions,
    rule::{Context, Rule},
    support::queries::{self, ModelQuery},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/find-first-on-unique",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "`findFirst` looks for the one row that a unique key names",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = queries::of_models(context)
        .filter(|query| {
            matches!(
                query.call.operation,
                Operation::FindFirst | Operation::FindFirstOrThrow
            ) && functions::is_application(context.project, query.call.module)
        })
        .filter_map(|query| of_query(context, &query))
        .collect();
    found.dedup_by_key(|one| one.primary().at);
    found
}

fn of_query(context: &Context<'_>, query: &ModelQuery<'_>) -> Option<Diagnostic> {
    let arguments = query.event.query.arguments.first()?.as_object()?;
    let others = ["orderBy", "skip", "cursor", "distinct"];
    if !arguments.spreads.is_empty()
        || others
            .iter()
            .any(|key| arguments.entries.contains_key(*key))
    {
        return None;
    }
    let filter = arguments
        .entries
        .get("where")
        .filter(|filter| filter.always)?;
    let object = filter.value.as_object()?;
    let model = context.project.schemas.model(query.model);
    let key = key_of(model, object)?;
    let title = repeated::title(context, query.call);
    let unique = query.call.operation.as_str().replace("First", "Unique");
    let condition = condition(context, key, object);
    let schema = context.project.schemas.get(query.model.schema);
    Some(
        Diagnostic::at(
            &RULE.metadata,
            queries::operation_at(context, query.call),
            format!("`{title}` looks for the first of one row"),
        )
        .label("Prisma does not know that there is one: no batching, an order and a limit more")
        .related(
            schema.location(model.place(key.span)),
            "one row for each of these",
        )
        .confidence(Confidence::Likely)
        .help(format!(
            "`{}.{unique}({{ where: {condition} }})`",
            model.accessor
        ))
        .subject(format!(
            "query:{} {title}",
            functions::name(context.project, query.event.function)
        )),
    )
}

/// The unique key of which a filter compares every column, and nothing else.
fn key_of<'m>(model: &'m Model, filter: &ObjectValue) -> Option<&'m Index> {
    if !filter.spreads.is_empty() {
        return None;
    }
    let plain = filter
        .entries
        .values()
        .all(|entry| entry.always && is_value(&entry.value));
    model.unique_criteria().find(|key| {
        plain
            && key.columns.len() == filter.entries.len()
            && key.columns.iter().all(|column| {
                filter.entries.contains_key(&column.name)
                    && model
                        .field(&column.name)
                        // `findUnique` takes no `null`.
                        .is_some_and(|field| field.is_required())
            })
    })
}

/// Whether a value is compared with as it is, and is there.
fn is_value(value: &Value) -> bool {
    match value {
        Value::Literal(_) | Value::Text(_) => true,
        Value::Opaque(_) => !value.may_be_undefined(),
        Value::OneOf(choices) => choices.iter().all(|choice| is_value(&choice.value)),
        _ => false,
    }
}

/// `{ id }`, `{ userId_key: { userId, key } }`
fn condition(context: &Context<'_>, key: &Index, filter: &ObjectValue) -> String {
    let entries = key.columns.iter().filter_map(|column| {
        let entry = filter.entries.get(&column.name)?;
        Some(written::entry(context, &column.name, entry))
    });
    let inner = format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "));
    match (key.columns.len(), key.where_key()) {
        (1, _) | (_, None) => inner,
        (_, Some(name)) => format!("{{ {name}: {inner} }}"),
    }
}
