//! A column that the configuration asks for.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
    support::tables::{self, TableModel},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/required-field",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A table lacks a column that the project asks of every table",
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
    let only = options.names("models");
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let name = &table.model.name;
        if except.has(name) || !(only.is_empty() || only.has(name)) || !table.model.is_complete {
            continue;
        }
        for field in fields.as_slice() {
            if table.model.field(field).is_none() {
                found.push(finding(table, field));
            }
        }
    }
    found
}

fn finding(table: TableModel<'_>, field: &str) -> Diagnostic {
    let (schema, model) = (table.schema, table.model);
    Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!("`{}` has no `{field}`", model.name),
    )
    .label("the configuration asks for it")
    .help(format!(
        "add `{field}`, or name `{}` under `except` in the rule's options",
        model.name
    ))
    .subject(format!("model:{} field:{field}", model.name))
}
