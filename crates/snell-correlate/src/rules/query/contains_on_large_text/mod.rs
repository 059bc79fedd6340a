//! Searches through long texts, row by row.

use snell_flow::{ObjectValue, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::repeated;
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        built,
        growth::Growths,
        queries::{self, ModelQuery, objects},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/contains-on-large-text",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A search reads long texts of a growing table, row by row",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Names of columns that hold what people write at length.
const LONG: [&str; 12] = [
    "content",
    "body",
    "text",
    "message",
    "transcript",
    "html",
    "markdown",
    "description",
    "summary",
    "article",
    "prompt",
    "notes",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    let mut found: Vec<Diagnostic> = Vec::new();
    for query in queries::of_models(context) {
        if !functions::is_application(context.project, query.call.module)
            || !growths.of_model(query.model).growth.is_by_use()
        {
            continue;
        }
        let Some(filter) = query.argument("where") else {
            continue;
        };
        let schema = context.project.schemas.get(query.model.schema);
        let model = context.project.schemas.model(query.model);
        if is_narrowed(model, filter) {
            continue;
        }
        for (field, at) in searched(context, model, filter, 4) {
            let told = found.iter().any(|one| one.primary().at == at);
            if !told && !has_search_index(schema, model, field) {
                found.push(finding(context, &query, (schema, model, field), at));
            }
        }
    }
    found
}

/// Whether another condition finds few rows by an index.
fn is_narrowed(model: &Model, filter: &Value) -> bool {
    let Some(filter) = filter.as_object() else {
        return true;
    };
    !filter.spreads.is_empty()
        || filter.entries.iter().any(|(name, entry)| {
            let leads = model.all_indexes.iter().any(|index| {
                index
                    .columns
                    .first()
                    .is_some_and(|first| first.name == *name)
                    || index.where_key().as_ref() == Some(name)
            });
            let of_parent = model
                .field(name)
                .is_some_and(|field| field.relation().is_some() || model.is_foreign_key(field.id));
            entry.always && (leads || of_parent)
        })
}

/// The long texts that a filter searches, in every arm.
fn searched<'m>(
    context: &Context<'_>,
    model: &'m Model,
    filter: &Value,
    depth: u32,
) -> Vec<(&'m Field, Location)> {
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for object in objects(filter) {
        for (name, entry) in &object.entries {
            if let "AND" | "OR" = name.as_str() {
                let arms: Vec<&Value> = match &entry.value {
                    Value::Array(array) => array.elements.iter().collect(),
                    value => vec![value],
                };
                for arm in arms {
                    found.extend(searched(context, model, arm, depth));
                }
                continue;
            }
            let Some(field) = model.field(name).filter(|field| is_long(field)) else {
                continue;
            };
            let by_middle = objects(&entry.value).any(searches_middle);
            if by_middle {
                found.push((field, context.project.modules.at(entry.module, entry.key)));
            }
        }
    }
    found
}

fn searches_middle(condition: &ObjectValue) -> bool {
    ["contains", "endsWith"]
        .iter()
        .any(|word| condition.entries.contains_key(*word))
}

/// Whether a column holds texts of any length, and people write long ones into it.
fn is_long(field: &Field) -> bool {
    if field.scalar() != Some(ScalarType::String) {
        return false;
    }
    let named = LONG
        .iter()
        .any(|word| field.name.to_ascii_lowercase().ends_with(word));
    match &field.native_type {
        Some(native) => native.name == "Text" && named,
        None => named,
    }
}

/// Whether the migrations, or the schema, have an index for searches on the column.
fn has_search_index(schema: &Schema, model: &Model, field: &Field) -> bool {
    let declared = model.all_indexes.iter().any(|index| {
        index
            .algorithm
            .as_ref()
            .is_some_and(|algorithm| matches!(algorithm.as_str(), "Gin" | "Gist"))
            && index
                .columns
                .iter()
                .any(|column| column.field == Some(field.id))
    });
    let built = built::table(schema, model).is_some_and(|table| {
        table
            .indexes()
            .any(|index| matches!(index.index.method.as_str(), "gin" | "gist"))
    });
    declared || built
}

fn finding(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    (schema, model, field): (&Schema, &Model, &Field),
    at: Location,
) -> Diagnostic {
    let title = repeated::title(context, query.call);
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{title}` reads the `{}` of every row to search it", field.name),
    )
    .label("compared in the middle: no index, and long values are fetched from where they are kept apart")
    .related(schema.field_name(field), "texts of any length")
    .confidence(Confidence::Likely)
    .help("a column of type tsvector with a GIN index finds words; pg_trgm finds parts of them")
    .subject(format!(
        "{} query:{}",
        wording::subject(model, &field.name),
        functions::name(context.project, query.event.function)
    ))
}
