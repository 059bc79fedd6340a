//! A column that the configuration forbids.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
    support::{tables, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/forbidden-field",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A table has a column that the project does not allow",
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
    let (fields, except) = (options.names("fields"), options.names("except"));
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let (schema, model) = (table.schema, table.model);
        if except.has(&model.name) {
            continue;
        }
        for field in model.fields.iter().filter(|field| fields.has(&field.name)) {
            let told = Diagnostic::at(
                &RULE.metadata,
                schema.field_name(field),
                format!("`{}` may not have `{}`", model.name, field.name),
            )
            .label("the configuration forbids it")
            .help(format!(
                "rename or remove it, or name `{}` under `except` in the rule's options",
                model.name
            ));
            found.push(told.subject(wording::subject(model, &field.name)));
        }
    }
    found
}
