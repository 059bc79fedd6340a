//! Edges that no seeded row shows: empty, foreign, long, deleted.

use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::{SchemaSeeds, SeededField},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/edge-case-missing",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "No seeded row is an edge case: no empty value, no other script, nothing long, nothing deleted",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |_, schema, own| finding(schema, own))
}

/// Fewer texts than this are no selection.
const FEWEST: usize = 6;
/// A text of this length is long.
const LONG: usize = 200;

/// One finding for a schema, with all that is missing.
fn finding(schema: &Schema, own: &SchemaSeeds) -> Option<Diagnostic> {
    let at = own.place()?;
    let given: Vec<(&Field, &SeededField)> = schema
        .datamodel
        .models()
        .iter()
        .filter_map(|model| Some((model, own.model(model.id)?)))
        .flat_map(|(model, made)| {
            let fields = model.columns();
            fields.filter_map(move |field| Some((field, made.fields.get(&field.id)?)))
        })
        .collect();
    let texts: Vec<&str> = given
        .iter()
        .filter(|(field, _)| field.scalar() == Some(ScalarType::String))
        .flat_map(|(_, given)| given.values.iter().map(smol_str::SmolStr::as_str))
        .collect();
    if own.open || texts.len() < FEWEST {
        return None;
    }
    let mut missing: Vec<String> = Vec::new();
    let optional = || given.iter().filter(|(field, _)| field.is_optional());
    if optional().next().is_some() && !optional().any(|(_, given)| given.null || given.open) {
        missing.push("an optional field without a value".to_owned());
    }
    if texts.iter().all(|text| text.is_ascii()) {
        missing.push("a text with an accent or in another script".to_owned());
    }
    if texts.iter().all(|text| text.chars().count() < LONG) {
        missing.push(format!("a text of more than {LONG} letters"));
    }
    if let Some((model, field)) = deleted(schema, own) {
        missing.push(format!("a row of `{model}` with `{field}`"));
    }
    // One missing edge is no finding: a seed cannot have all.
    if missing.len() < 2 {
        return None;
    }
    Some(
        Diagnostic::at(
            &RULE.metadata,
            at,
            format!(
                "no seeded row has {}",
                crate::support::wording::and(&missing)
            ),
        )
        .label("all rows are ordinary")
        .confidence(Confidence::Possible)
        .help("add one row of each: what breaks in the hands of users breaks on these")
        .subject(words::subject(schema, "edges")),
    )
}

/// The first model with seeded rows that can be deleted softly, and has none that is.
fn deleted<'a>(schema: &'a Schema, own: &SchemaSeeds) -> Option<(&'a str, &'a str)> {
    let mut models = schema.datamodel.models().iter();
    models.find_map(|model: &Model| {
        let made = own.model(model.id)?;
        let field = model.columns().find(|field| {
            field.is_optional()
                && matches!(
                    field.name.as_str(),
                    "deletedAt" | "deleted_at" | "archivedAt"
                )
        })?;
        let is_set = made
            .fields
            .get(&field.id)
            .is_some_and(|given| !given.places.is_empty());
        (!is_set && !made.open).then_some((model.name.as_str(), field.name.as_str()))
    })
}
