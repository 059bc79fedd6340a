//! Attributes that are rows.

use snell_prisma::ScalarType;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    attribute_kept_twice,
    attributes::{Attributes, attributes},
};
use crate::{
    rule::{Context, Rule},
    support::tables::{self, TableModel},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/entity-attribute-value",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Attributes of a row are rows of names and values",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    // What is kept twice has a rule of its own.
    tables::of_postgres(context)
        .filter(|table| !attribute_kept_twice::is_found(context, *table))
        .filter_map(finding)
        .collect()
}

fn finding(table: TableModel<'_>) -> Option<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let Attributes { key, name, value } = attributes(table)?;
    let owner = datamodel.target(&datamodel[key.field])?;
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!(
            "`{}` stores attributes of `{}` as rows of `{}` and `{}`",
            model.name, owner.name, name.name, value.name
        ),
    )
    .label("one row for each attribute")
    .related(schema.field_name(name), "what is a column elsewhere")
    .related(
        schema.field_type(value),
        match value.scalar() {
            Some(ScalarType::Json) => "anything at all",
            _ => "one type for every value",
        },
    )
    .confidence(Confidence::Likely)
    .help(format!(
        "make the attributes that the code knows columns of `{}`, and keep rows, or one `Json` column, for those that users invent",
        owner.name
    ));
    Some(found.subject(format!("model:{}", model.name)))
}
