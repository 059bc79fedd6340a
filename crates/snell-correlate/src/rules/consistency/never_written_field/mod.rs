//! A field that queries ask for and nothing fills.

use snell_prisma::{Field, Model};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::{Confidence, Diagnostic, Joined, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::integrity::soft_delete_unique::is_deletion_time,
    support::field_life::{FieldLife, FieldLives, field_lives},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/never-written-field",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Queries ask for a field that nothing writes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        for field in &model.fields {
            let at = FieldRef {
                schema: id.schema,
                field: field.id,
            };
            let life = lives.field(at);
            if !stays_empty(&lives, (id, model), field, &life) {
                continue;
            }
            let Some((asked, words)) = asked(context, &life) else {
                continue;
            };
            let name = format!("{}.{}", model.name, field.name);
            let mut one = Diagnostic::at(
                &RULE.metadata,
                schema.field_name(field),
                format!("nothing writes `{name}`: it is null in every row"),
            )
            .label("has no default, and no create or update names it")
            .related(asked, words)
            .confidence(Confidence::Likely)
            .help(format!(
                "write `{}` where `{}` rows change, or drop the column and what asks for it",
                field.name, model.name
            ));
            if is_deletion_time(field) && field.name.to_ascii_lowercase().contains("delet") {
                let why = "no row is marked as deleted yet: what leaves such rows out is right all the same";
                one = one.lowered(Severity::Low, why);
            }
            found.push(one.subject(format!("field:{name}")));
        }
    }
    found
}

/// Whether every row is made without a value for the field, and stays so.
fn stays_empty(
    lives: &FieldLives,
    (id, model): (ModelRef, &Model),
    field: &Field,
    life: &FieldLife,
) -> bool {
    let rows = lives.model(id);
    field.is_optional()
        && field.default.is_none()
        && life.written.is_empty()
        && rows.creates > 0
        && !rows.open
        && lives.exempt(model, field).is_none()
        && !lives.is_written_beside(field)
}

/// Where application code asks for the field.
fn asked(context: &Context<'_>, life: &FieldLife) -> Option<(Location, &'static str)> {
    let ways = [
        (&life.filtered, "a condition on it"),
        (&life.sorted, "an order by it"),
        (&life.selected, "asks for it"),
    ];
    ways.into_iter().find_map(|(places, words)| {
        let at = places.iter().find(|at| {
            let path = &context.sources.file(at.file).path;
            let file = context.project.workspace.file(path);
            file.is_some_and(|file| file.facts.is_production())
        })?;
        Some((*at, words))
    })
}
