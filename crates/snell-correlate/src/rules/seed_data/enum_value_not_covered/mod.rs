//! Values of enums that no seeded row has.

use snell_prisma::{Enum, Field, Model};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::SchemaSeeds,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/enum-value-not-covered",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "No seeded row has some values of enums",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |_, schema, own| finding(schema, own))
}

fn finding(schema: &Schema, own: &SchemaSeeds) -> Option<Diagnostic> {
    let at = own.place()?;
    let lacking: Vec<(&Model, &Field, Vec<&str>)> = schema
        .datamodel
        .models()
        .iter()
        .flat_map(|model| model.columns().map(move |field| (model, field)))
        .filter_map(|(model, field)| {
            let missing = missing(schema, own, model, field)?;
            Some((model, field, missing))
        })
        .collect();
    if own.open || lacking.is_empty() {
        return None;
    }
    let values: usize = lacking.iter().map(|(_, _, missing)| missing.len()).sum();
    let places: Vec<(Location, String)> = lacking
        .iter()
        .map(|(model, field, missing)| {
            let what = format!("no `{}` with {}", model.name, missing.join(", "));
            (schema.field_name(field), what)
        })
        .collect();
    let finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("no seeded row has {values} of the values that fields of seeded models may have"),
    )
    .label("makes rows with the others");
    Some(
        words::show(finding, &places, "more fields")
            .confidence(Confidence::Likely)
            .help("make one row with each: `for (const status of Object.values(Status))`")
            .subject(words::subject(schema, "values")),
    )
}

/// The values that no row has; nothing when some rows are not known.
fn missing<'a>(
    schema: &'a Schema,
    own: &SchemaSeeds,
    model: &Model,
    field: &Field,
) -> Option<Vec<&'a str>> {
    let declared: &Enum = &schema.datamodel[field.enumeration()?];
    let seeded = own.model(model.id)?;
    let given = seeded.fields.get(&field.id)?;
    if seeded.open || given.open {
        return None;
    }
    let names = declared.values.iter().map(|value| value.name.as_str());
    let missing: Vec<&str> = names
        .filter(|name| !given.values.iter().any(|value| value == name))
        .collect();
    // What the seed leaves alone altogether is no choice of values.
    (!missing.is_empty() && !given.places.is_empty()).then_some(missing)
}
