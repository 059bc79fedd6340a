//! Turns of a conversation in an order that is none when two have the same time.

use std::sync::Arc;

use snell_flow::Value;
use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::{
    client::Operation,
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        asked::{Asked, Use},
        queries::{self, objects},
        roles::{Message, Roles},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/message-ordering-ambiguous",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Messages are ordered by their time alone, which two of them may share",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Further queries that a finding shows.
const MOST_SHOWN: usize = 2;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let asked = Asked::shared(context);
    let messages = roles.messages.iter();
    messages
        .filter_map(|message| finding(context, &asked, message))
        .collect()
}

/// The queries of one conversation's turns that are ordered by a time alone.
fn by_time<'a>(
    context: &Context<'_>,
    schema: &Schema,
    asked: &'a Arc<Asked>,
    message: &Message,
) -> Option<(FieldId, Vec<&'a Use>)> {
    let datamodel = &schema.datamodel;
    let model = &datamodel[message.model.model];
    let parent = datamodel[message.parent].relation()?;
    let mut column = None;
    let mut places = Vec::new();
    for (ask, uses) in asked.of_model(message.model) {
        let [only] = ask.order.as_slice() else {
            continue;
        };
        let field = &datamodel[only.field];
        let of_one = parent.fields.iter().all(|key| ask.equal.contains(key));
        if of_one && is_time(model, field) {
            column.get_or_insert(only.field);
            places.extend(uses.iter().filter(|place| is_list(context, place)));
        }
    }
    Some((column?, places))
}

/// Whether several rows are asked for: the latest alone may be any of two.
fn is_list(context: &Context<'_>, place: &Use) -> bool {
    place.call.is_none_or(|call| {
        !matches!(
            context.project.calls.get(call).operation,
            Operation::FindFirst | Operation::FindFirstOrThrow
        )
    })
}

fn is_time(model: &Model, field: &Field) -> bool {
    field.scalar() == Some(ScalarType::DateTime) && !model.is_unique(field.id)
}

fn finding(context: &Context<'_>, asked: &Arc<Asked>, message: &Message) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(message.model.schema);
    let model = context.project.schemas.model(message.model);
    let (column, places) = by_time(context, schema, asked, message)?;
    let field = &schema.datamodel[column];
    let first = places.first()?;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.at,
        format!(
            "`{}` rows with the same `{}` come in any order",
            model.name, field.name
        ),
    )
    .label("nothing else says which of two comes first")
    .related(schema.field_name(field), "two turns may have the same time");
    for place in places.iter().skip(1).take(MOST_SHOWN) {
        found = found.related(place.at, "here as well");
    }
    found = match stored_together(context, message.model) {
        Some(at) => found.related(at, "stores several turns with one time"),
        None => found.lowered(
            Severity::Low,
            "no code was seen that stores several turns at once: two requests would have to meet in one millisecond",
        ),
    };
    let key = match model.primary_key().map(|key| key.columns.as_slice()) {
        Some([only]) if is_counted(schema, only.field) => only.name.clone(),
        _ => "position".into(),
    };
    Some(
        found
            .confidence(Confidence::Likely)
            .help(match key.as_str() {
                "position" => "give each turn a `position` within its conversation, unique there, and order by it".to_owned(),
                key => format!(
                    "order by both: `orderBy: [{{ {}: 'asc' }}, {{ {key}: 'asc' }}]`",
                    field.name
                ),
            })
            .subject(wording::subject(model, &field.name)),
    )
}

/// Whether later rows have greater keys.
fn is_counted(schema: &Schema, key: Option<FieldId>) -> bool {
    key.is_some_and(|key| {
        let field = &schema.datamodel[key];
        let sorts = ["autoincrement", "ulid"];
        field
            .default
            .as_ref()
            .is_some_and(|default| sorts.iter().any(|name| default.value.is_function(name)))
    })
}

/// Where one call stores several rows of a model: they get one time.
fn stored_together(context: &Context<'_>, model: ModelRef) -> Option<Location> {
    queries::of_models(context)
        .filter(|query| functions::is_application(context.project, query.call.module))
        .find(|query| {
            let datamodel = &context.project.schemas.get(model.schema).datamodel;
            let many = matches!(
                query.call.operation,
                Operation::CreateMany | Operation::CreateManyAndReturn
            );
            if query.model == model {
                return many;
            }
            // A model of another schema is none of this datamodel.
            query.model.schema == model.schema
                && query.argument("data").is_some_and(|data| {
                    let of = &datamodel[query.model.model];
                    objects(data).any(|row| {
                        row.entries.iter().any(|(key, entry)| {
                            let target = of.field(key).and_then(|field| datamodel.target(field));
                            target.is_some_and(|target| target.id == model.model)
                                && nests_several(&entry.value)
                        })
                    })
                })
        })
        .map(|query| queries::operation_at(context, query.call))
}

/// `create: [a, b]`, `createMany: { ... }`
fn nests_several(value: &Value) -> bool {
    objects(value).any(|actions| {
        actions.entries.contains_key("createMany")
            || actions.entries.get("create").is_some_and(|create| {
                matches!(&create.value, Value::Array(rows) if rows.elements.len() > 1 || rows.rest.is_some())
            })
    })
}
