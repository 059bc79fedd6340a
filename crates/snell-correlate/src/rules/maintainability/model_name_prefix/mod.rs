//! Models without the prefix that the team has agreed on.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/model-name-prefix",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A model lacks the prefix that the configuration asks for",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let prefix = options::of(context, &RULE.metadata).and_then(|options| options.text("prefix"));
    let Some(prefix) = prefix else {
        return Vec::new();
    };
    let models = context.project.schemas.models();
    models
        .filter(|(_, _, model)| !model.name.starts_with(prefix))
        .map(|(_, schema, model)| {
            Diagnostic::at(
                &RULE.metadata,
                schema.model_name(model),
                format!("`{}` does not begin with `{prefix}`", model.name),
            )
            .label("the configuration asks for it")
            .help(format!("`{prefix}{}`", model.name))
            .subject(format!("model:{}", model.name))
        })
        .collect()
}
