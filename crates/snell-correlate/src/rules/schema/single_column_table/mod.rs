//! A table of one column.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::tables,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/single-column-table",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A table has one column",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter_map(|table| {
            let (schema, model) = (table.schema, table.model);
            let mut columns = model.columns();
            let (only, None) = (columns.next()?, columns.next()) else {
                return None;
            };
            // Rows of other tables hang on it: it is what they have in common.
            if model.relation_fields().next().is_some() || !model.is_complete {
                return None;
            }
            let found = Diagnostic::at(
                &RULE.metadata,
                schema.model_name(model),
                format!("`{}` has one column", model.name),
            )
            .label("nothing refers to it, and it says nothing but what it holds")
            .related(schema.field_name(only), "all that a row is")
            .help("where the values are few and known, an enum; else let the columns that hold them refer to it");
            Some(found.subject(format!("model:{}", model.name)))
        })
        .collect()
}
