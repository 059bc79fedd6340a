//! Relations between seeded models that no seeded row has.

use snell_prisma::{Field, Model};
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
        name: "seed-data/relation-not-covered",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A seed ties none of its rows by some relations",
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
    if own.open {
        return None;
    }
    let bare: Vec<(Location, String)> = schema
        .datamodel
        .models()
        .iter()
        .flat_map(|model| model.relation_fields().map(move |field| (model, field)))
        .filter(|(model, field)| is_bare(schema, own, model, field))
        .map(|(model, field)| {
            let what = format!("no `{}` has its `{}`", model.name, field.name);
            (schema.field_name(field), what)
        })
        .collect();
    if bare.is_empty() {
        return None;
    }
    let finding = Diagnostic::at(
        &RULE.metadata,
        at,
        match bare.len() {
            1 => "one relation between seeded models has no row that has it".to_owned(),
            count => format!("{count} relations between seeded models have no row that has them"),
        },
    )
    .label("makes rows on both sides");
    Some(
        words::show(finding, &bare, "more")
            .confidence(Confidence::Likely)
            .help("tie one row by each, and leave another one without: both are what people will have")
            .subject(words::subject(schema, "relations")),
    )
}

/// Whether both sides have rows and none is tied. Each relation is told at one side: that of the
/// key, or the first of two lists.
fn is_bare(schema: &Schema, own: &SchemaSeeds, model: &Model, field: &Field) -> bool {
    let datamodel = &schema.datamodel;
    let Some(side) = field.relation() else {
        return false;
    };
    let Some(relation) = side.relation else {
        return false;
    };
    let told_here = match &datamodel[relation].join_table {
        Some(_) => datamodel[relation].from == field.id,
        None => side.holds_key,
    };
    let (Some(one), Some(other)) = (own.model(model.id), own.model(side.target)) else {
        return false;
    };
    let tied = |seeded: &crate::support::seeds::SeededModel| {
        seeded.open || seeded.relations.contains(&relation)
    };
    told_here && !tied(one) && !tied(other)
}
