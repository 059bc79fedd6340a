//! Models that are numbered.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/model-name-number",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A model has a number in its name (when the configuration asks for it)",
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
    let models = context.project.schemas.models();
    models
        .filter(|(_, _, model)| {
            let is_numbered = model.name.chars().any(|c| c.is_ascii_digit());
            is_numbered && !allowed.has(&model.name)
        })
        .map(|(_, schema, model)| {
            Diagnostic::at(
                &RULE.metadata,
                schema.model_name(model),
                format!("`{}` has a number in its name", model.name),
            )
            .label("numbered")
            .help("say what it is; a second version takes the place of the first")
            .subject(format!("model:{}", model.name))
        })
        .collect()
}
