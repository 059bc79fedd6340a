//! A column that the configuration wants an index of.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
    support::{indexes, tables, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/required-field-index",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A column that the configuration wants indexed has no index",
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
    let wanted = options.names("fields");
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let existing = indexes::of(table.schema, table.model);
        let columns = table.model.columns();
        let wanted = columns.filter(|field| wanted.has(&field.name));
        let lacking = wanted.filter(|field| {
            let mut leading = existing.iter();
            !leading.any(|index| index.leads_with(field.id) && index.partial.is_none())
        });
        found.extend(lacking.map(|field| {
            let model = table.model;
            Diagnostic::at(
                &RULE.metadata,
                table.schema.field_name(field),
                format!("no index of `{}` leads with `{}`", model.name, field.name),
            )
            .label("the configuration wants one wherever this column is")
            .help(format!(
                "add `@@index([{}])` to `{}`",
                field.name, model.name
            ))
            .subject(wording::subject(model, &field.name))
        }));
    }
    found
}
