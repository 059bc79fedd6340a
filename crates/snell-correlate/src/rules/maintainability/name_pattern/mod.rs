//! Names that do not fit the pattern that the team has agreed on.

use snell_project::schema::Schema;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/name-pattern",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A name does not fit the pattern that the configuration asks for",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What patterns can be given for.
const KINDS: [&str; 6] = ["models", "fields", "enums", "tables", "columns", "indexes"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(options) = options::of(context, &RULE.metadata) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for kind in KINDS {
        let patterns = options.names(kind);
        if patterns.is_empty() {
            continue;
        }
        for (_, schema) in context.project.schemas.iter() {
            for (at, name) in names(schema, kind) {
                if patterns.has(&name) {
                    continue;
                }
                found.push(
                    Diagnostic::at(
                        &RULE.metadata,
                        at,
                        format!(
                            "`{name}` does not fit `{}`",
                            patterns.as_slice().join("`, `")
                        ),
                    )
                    .label(format!("what the configuration asks of {kind}"))
                    .subject(format!("schema:{} {kind}:{name}", schema.path)),
                );
            }
        }
    }
    found
}

/// All names of a kind, with their places.
fn names(schema: &Schema, kind: &str) -> Vec<(Location, String)> {
    let datamodel = &schema.datamodel;
    let models = || {
        datamodel
            .models()
            .iter()
            .filter(|model| model.ignored.is_none())
    };
    let fields = || models().flat_map(|model| &model.fields);
    match kind {
        "models" => models()
            .map(|model| (schema.model_name(model), model.name.to_string()))
            .collect(),
        "tables" => models()
            .map(|model| (schema.model_name(model), model.db_name.to_string()))
            .collect(),
        "fields" => fields()
            .map(|field| (schema.field_name(field), field.name.to_string()))
            .collect(),
        "columns" => fields()
            .filter(|field| field.is_column())
            .map(|field| (schema.field_name(field), field.db_name.to_string()))
            .collect(),
        "enums" => datamodel
            .enums()
            .iter()
            .map(|one| {
                let place = snell_prisma::Place {
                    span: one.name_span,
                    ..one.at
                };
                (schema.location(place), one.name.to_string())
            })
            .collect(),
        _ => models()
            .flat_map(|model| model.all_indexes.iter().map(move |index| (model, index)))
            .filter_map(|(model, index)| {
                let at = schema.location(model.place(index.span));
                Some((at, index.db_name.as_ref()?.to_string()))
            })
            .collect(),
    }
}
