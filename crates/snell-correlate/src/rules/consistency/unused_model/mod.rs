//! A model that nothing asks for.

use snell_prisma::Model;
use snell_project::{
    names::plain,
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::field_life::{FieldLives, field_lives},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/unused-model",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Nothing names a model, its table or a relation to it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let models = context.project.schemas.models();
    models
        .filter(|(id, schema, model)| is_unused(context, &lives, (*id, schema, model)))
        .map(|(_, schema, model)| {
            let name = &model.name;
            Diagnostic::at(
                &RULE.metadata,
                schema.model_name(model),
                format!("nothing uses the model `{name}`"),
            )
            .label("no query, no SQL and no text names it or a relation to it")
            .confidence(Confidence::Likely)
            .help(format!(
                "remove `{name}`, or `// snell-ignore consistency/unused-model: <who uses it>` where something outside does"
            ))
            .subject(format!("model:{name}"))
        })
        .collect()
}

/// Whether nothing asks for a model, in a schema whose client something calls.
pub(super) fn is_unused(
    context: &Context<'_>,
    lives: &FieldLives,
    (id, schema, model): (ModelRef, &Schema, &Model),
) -> bool {
    if model.ignored.is_some() || lives.model(id).calls > 0 || lives.owned(model).is_some() {
        return false;
    }
    let mut names = vec![
        plain(&model.name),
        plain(&model.accessor),
        plain(&model.db_name),
    ];
    let others = schema.datamodel.models().iter();
    names.extend(
        others
            .flat_map(Model::relation_fields)
            .filter(|field| {
                let relation = field.relation();
                relation.is_some_and(|relation| relation.target == model.id)
            })
            .map(|field| plain(&field.name)),
    );
    !lives.says(&names) && lives.has_calls(context, schema)
}
