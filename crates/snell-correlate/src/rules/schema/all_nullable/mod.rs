//! A table whose columns may all be empty.

use snell_prisma::{Field, Model};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{field_life::field_lives, tables},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/all-nullable",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Every column of a table may be empty",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Fewer columns than this say nothing.
const LEAST: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    tables::of_postgres(context)
        .filter(|table| table.model.is_complete && lives.owned(table.model).is_none())
        .filter_map(|table| {
            let (schema, model) = (table.schema, table.model);
            let own: Vec<&Field> = model.columns().filter(|field| is_own(model, field)).collect();
            if own.len() < LEAST || own.iter().any(|field| says_something(field)) {
                return None;
            }
            let found = Diagnostic::at(
                &RULE.metadata,
                schema.model_name(model),
                format!("all {} columns of `{}` may be NULL", own.len(), model.name),
            )
            .label("a row that says nothing is a valid one")
            .confidence(Confidence::Likely)
            .help("make required what every row has; where kinds of rows differ, say the kind and check it");
            Some(found.subject(format!("model:{}", model.name)))
        })
        .collect()
}

/// Whether a column is neither a key nor kept by the client.
fn is_own(model: &Model, field: &Field) -> bool {
    let key = model.primary_key().into_iter().flat_map(|key| &key.columns);
    let in_key = key.clone().any(|column| column.field == Some(field.id));
    let kept = field.updated_at.is_some()
        || field
            .default
            .as_ref()
            .is_some_and(|default| default.value.is_function("now"));
    !in_key && !kept && !model.is_foreign_key(field.id)
}

fn says_something(field: &Field) -> bool {
    !field.is_optional() || field.default.is_some()
}
