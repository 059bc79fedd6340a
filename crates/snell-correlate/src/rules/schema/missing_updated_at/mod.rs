//! Rows that change without a time.

use std::collections::BTreeMap;

use snell_flow::{ObjectValue, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{client::Operation, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        field_life::field_lives,
        queries::{self, ModelQuery, objects},
        row_times,
        tables::{self, TableModel},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/missing-updated-at",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Rows that change do not say when they last did",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Places that a finding shows.
const SHOWN: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let changed = changed(context);
    let mut habits: Vec<(TableModel<'_>, &Field)> = Vec::new();
    let mut lacking: Vec<Changed<'_, '_>> = Vec::new();
    for table in tables::of_postgres(context) {
        let model = ModelRef {
            schema: table.id,
            model: table.model.id,
        };
        let kept = table
            .model
            .columns()
            .find(|field| row_times::is_change_time(field));
        match (kept, changed.get(&model)) {
            (Some(field), _) if field.updated_at.is_some() => habits.push((table, field)),
            (None, Some(places))
                if lives.owned(table.model).is_none() && table.model.is_complete =>
            {
                lacking.push((table, places));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for tables in lacking.chunk_by(|(one, _), (other, _)| one.id == other.id) {
        let habits: Vec<&(TableModel<'_>, &Field)> = habits
            .iter()
            .filter(|(other, _)| other.id == tables[0].0.id)
            .collect();
        let Some(example) = habits.first() else {
            continue;
        };
        // Where so many tables do without it, that is one decision.
        if tables.len() > 1 && tables.len() * 3 > habits.len() {
            found.extend(without_habit(tables, example, habits.len()));
        } else {
            let each = tables.iter();
            found.extend(each.map(|(table, places)| finding(table, places, example, habits.len())));
        }
    }
    found
}

/// A table, and where its rows are changed.
type Changed<'a, 'c> = (TableModel<'a>, &'c [Location]);

fn without_habit(
    tables: &[Changed<'_, '_>],
    (other, column): &(TableModel<'_>, &Field),
    habit: usize,
) -> Option<Diagnostic> {
    let places: Vec<(Location, String)> = tables
        .iter()
        .map(|(table, _)| {
            (
                table.schema.model_name(table.model),
                table.model.name.to_string(),
            )
        })
        .collect();
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!(
            "rows of {} tables change, and do not say when",
            tables.len()
        ),
        "no `@updatedAt`",
    )?
    .related(tables[0].1[0], "changes them")
    .related(
        other.schema.field_name(column),
        format!("{habit} tables have it, as here"),
    )
    .confidence(Confidence::Likely)
    .help(format!("add `{} DateTime @updatedAt`", column.name));
    Some(found.subject("schema:updated-at"))
}

/// The models whose rows the application changes, with the places.
fn changed(context: &Context<'_>) -> BTreeMap<ModelRef, Vec<Location>> {
    let mut found: BTreeMap<ModelRef, Vec<Location>> = BTreeMap::new();
    for query in queries::of_models(context) {
        let model = context.project.schemas.model(query.model);
        if functions::is_application(context.project, query.call.module) && changes(model, &query) {
            let at = queries::operation_at(context, query.call);
            found.entry(query.model).or_default().push(at);
        }
    }
    found
}

/// Whether a query changes what a row says, and not only a counter or the time of its last use.
fn changes(model: &Model, query: &ModelQuery<'_>) -> bool {
    let data = match query.call.operation {
        Operation::Upsert => query.argument("update"),
        Operation::Update | Operation::UpdateMany | Operation::UpdateManyAndReturn => {
            query.argument("data")
        }
        _ => return false,
    };
    let Some(data) = data else {
        return false;
    };
    let mut known = objects(data).peekable();
    match known.peek() {
        Some(_) => known.any(|object| says_more(model, object)),
        None => !matches!(data, Value::Undefined | Value::Null),
    }
}

fn says_more(model: &Model, object: &ObjectValue) -> bool {
    !object.spreads.is_empty()
        || object.entries.iter().any(|(name, entry)| {
            let Some(field) = model.field(name) else {
                return false;
            };
            let counts = entry.value.as_object().is_some_and(|value| {
                ["increment", "decrement"]
                    .iter()
                    .any(|key| value.entries.contains_key(*key))
            });
            // `readAt: new Date()` says when it changed; a relation is of the other row.
            field.is_column() && field.scalar() != Some(ScalarType::DateTime) && !counts
        })
}

fn finding(
    table: &TableModel<'_>,
    places: &[Location],
    (other, column): &(TableModel<'_>, &Field),
    habit: usize,
) -> Diagnostic {
    let (schema, model) = (table.schema, table.model);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!("rows of `{}` change, and do not say when", model.name),
    )
    .label("no `@updatedAt`")
    .confidence(Confidence::Likely);
    for at in places.iter().take(SHOWN) {
        found = found.related(*at, "changes them");
    }
    let others = match habit {
        1 => "one other table has".to_owned(),
        many => format!("{many} other tables have"),
    };
    found
        .related(
            other.schema.field_name(column),
            format!("{others} it, as here"),
        )
        .help(format!("add `{} DateTime @updatedAt`", column.name))
        .subject(format!("model:{}", model.name))
}
