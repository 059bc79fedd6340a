//! A field that nothing reads and nothing writes.

use snell_project::schema::FieldRef;
use snell_source::{Confidence, Diagnostic, Joined, Preset, RuleMetadata, Severity};

use super::unused_model::is_unused;
use crate::{
    rule::{Context, Rule},
    support::field_life::field_lives,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/unused-field",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Nothing reads or writes a field",
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
        let life = lives.model(id);
        // Rows that only others make may hold anything.
        if life.open || life.creates == 0 || is_unused(context, &lives, (id, schema, model)) {
            continue;
        }
        for field in &model.fields {
            let at = FieldRef {
                schema: id.schema,
                field: field.id,
            };
            if lives.exempt(model, field).is_some()
                || !lives.field(at).written.is_empty()
                || !lives.named(field).is_nowhere()
            {
                continue;
            }
            let name = format!("{}.{}", model.name, field.name);
            let (label, help) = match &field.default {
                Some(_) => ("each row has its default, and no text names it", "constant"),
                None => (
                    "each row is created without it, and no text names it",
                    "empty",
                ),
            };
            found.push(
                Diagnostic::at(
                    &RULE.metadata,
                    schema.field_name(field),
                    format!("nothing uses `{name}`"),
                )
                .label(label)
                .confidence(Confidence::Likely)
                .help(format!(
                    "drop the column, which is {help}, or write it where rows of `{}` are created",
                    model.name
                ))
                .subject(format!("field:{name}")),
            );
        }
    }
    found
}
