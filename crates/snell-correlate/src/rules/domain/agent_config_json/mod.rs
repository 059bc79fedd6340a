//! How an agent answers, in columns of which the database knows nothing.

use snell_prisma::{Datamodel, Field, Model, ScalarType};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        name_words::has_word,
        roles::{Agent, Roles},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/agent-config-json",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "How an agent answers is kept as JSON, whose keys and types only the code knows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of columns that hold settings.
const SETTINGS: [&str; 8] = [
    "config",
    "configuration",
    "setting",
    "option",
    "parameter",
    "param",
    "preference",
    "value",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let agents = roles.agents.iter();
    agents.filter_map(|agent| finding(context, agent)).collect()
}

/// Where settings of an agent are kept as JSON.
struct Kept<'a> {
    model: &'a Model,
    value: &'a Field,
    /// The column that names the setting, when each has a row of its own.
    key: Option<&'a Field>,
}

fn kept<'a>(datamodel: &'a Datamodel, agent: &'a Model) -> Option<Kept<'a>> {
    let own = settings(agent).map(|value| Kept {
        model: agent,
        value,
        key: None,
    });
    own.or_else(|| {
        datamodel.models().iter().find_map(|model| {
            let belongs = model.relation_fields().any(|field| {
                field
                    .relation()
                    .is_some_and(|of| of.holds_key && of.target == agent.id)
            });
            let value = settings(model).filter(|_| belongs)?;
            let key = model.columns().find(|field| {
                field.scalar() == Some(ScalarType::String)
                    && has_word(&field.name, &["key", "name"])
            })?;
            Some(Kept {
                model,
                value,
                key: Some(key),
            })
        })
    })
}

fn settings(model: &Model) -> Option<&Field> {
    model
        .columns()
        .find(|field| field.scalar() == Some(ScalarType::Json) && has_word(&field.name, &SETTINGS))
}

fn finding(context: &Context<'_>, agent: &Agent) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(agent.model.schema);
    let model = context.project.schemas.model(agent.model);
    let kept = kept(&schema.datamodel, model)?;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(kept.value),
        format!(
            "settings of a `{}` are JSON in `{}.{}`",
            model.name, kept.model.name, kept.value.name
        ),
    )
    .label("any value of any type");
    if let Some(key) = kept.key {
        found = found.related(schema.field_name(key), "under any key");
    }
    if kept.model.id != model.id {
        found = found.related(schema.model_name(model), "whose settings they are");
    }
    Some(
        found
            .help("settings that every agent has are columns with a type, a default and a check; what only some have may stay, checked by one schema wherever it is read and written")
            .subject(wording::subject(kept.model, &kept.value.name)),
    )
}
