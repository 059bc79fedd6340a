//! Models of which a seed makes no rows.

use snell_prisma::Model;
use snell_project::schema::{ModelRef, Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::{field_life::field_lives, seeds::SchemaSeeds},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/model-not-covered",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A seed makes no rows of some models",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |id, schema, own| finding(context, id, schema, own))
}

/// Models that are shown.
const SHOWN: usize = 6;

fn finding(
    context: &Context<'_>,
    id: SchemaId,
    schema: &Schema,
    own: &SchemaSeeds,
) -> Option<Diagnostic> {
    let at = own.place()?;
    let lives = field_lives(context);
    let counted = |model: &&Model| {
        let reference = ModelRef {
            schema: id,
            model: model.id,
        };
        !model.is_view
            && model.ignored.is_none()
            && lives.owned(model).is_none()
            && lives.model(reference).calls > 0
            && !words::is_inserted(schema, model)
    };
    let models: Vec<&Model> = schema.datamodel.models().iter().filter(counted).collect();
    let bare: Vec<&&Model> = models
        .iter()
        .filter(|model| own.model(model.id).is_none())
        .collect();
    if own.open || bare.is_empty() || bare.len() == models.len() {
        return None;
    }
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "the seed makes rows of {} of {} models that the code uses",
            models.len() - bare.len(),
            models.len()
        ),
    )
    .label("fills the others");
    for model in bare.iter().take(SHOWN) {
        finding = finding.related(
            schema.model_name(model),
            format!("no row of `{}`", model.name),
        );
    }
    let rest: Vec<&str> = bare
        .iter()
        .skip(SHOWN)
        .map(|model| model.name.as_str())
        .collect();
    if !rest.is_empty() {
        finding = finding.note(format!("nor of {}", rest.join(", ")));
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help("one row of each, tied to a seeded user: what has no rows is looked at for the first time in production")
            .subject(words::subject(schema, "models")),
    )
}
