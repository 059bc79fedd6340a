//! A column that may be NULL, and that every write fills.

use snell_prisma::{Field, Model};
use snell_project::schema::{FieldRef, Schema};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        field_life::{Given, field_lives},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/nullable-always-set",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "Every row is given a value for a column that may be NULL",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        for field in model.columns().filter(|field| field.is_visible()) {
            if lives.is_always_set(context, (id, model), field) {
                let (given, _) = lives.given(FieldRef {
                    schema: id.schema,
                    field: field.id,
                });
                found.push(finding(schema, model, field, given));
            }
        }
    }
    found
}

/// More places than these say nothing new.
const SHOWN: usize = 2;

fn finding(schema: &Schema, model: &Model, field: &Field, given: &[Given]) -> Diagnostic {
    let name = format!("{}.{}", model.name, field.name);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!("`{name}` may be NULL, and every row is given a value for it"),
    )
    .label("whoever reads it has to ask for what never happens");
    for one in given.iter().take(SHOWN) {
        finding = finding.related(one.at, "given here, and never `null`");
    }
    finding
        .confidence(Confidence::Likely)
        .help(format!(
            "make it required: fill what older rows lack, then ALTER TABLE \"{}\" ALTER COLUMN \"{}\" SET NOT NULL",
            model.db_name, field.db_name
        ))
        .subject(wording::subject(model, &field.name))
}
