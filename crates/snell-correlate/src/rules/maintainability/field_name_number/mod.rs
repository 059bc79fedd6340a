//! Fields that are numbered.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/field-name-number",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A field has a number in its name (when the configuration asks for it)",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(options) = options::of(context, &RULE.metadata) else {
        return Vec::new();
    };
    let allowed = options.names("allow");
    let mut found = Vec::new();
    for (_, schema, model) in context.project.schemas.models() {
        for field in &model.fields {
            let is_numbered = field.name.chars().any(|c| c.is_ascii_digit());
            if is_numbered && !allowed.has(&field.name) {
                found.push(
                    Diagnostic::at(
                        &RULE.metadata,
                        schema.field_name(field),
                        format!("`{}.{}` has a number in its name", model.name, field.name),
                    )
                    .label("numbered")
                    .help("say what it is; several of a kind are rows of another table")
                    .subject(wording::subject(model, &field.name)),
                );
            }
        }
    }
    found
}
