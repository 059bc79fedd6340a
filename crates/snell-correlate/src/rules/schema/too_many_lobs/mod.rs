//! A table with many large columns.

use snell_prisma::{Field, ScalarType};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::{field_life::field_lives, tables},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/too-many-lobs",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A table has several columns without bounds",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// So many documents in one row are a table of documents.
const MANY: usize = 5;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    tables::of_postgres(context)
        .filter(|table| !lives.is_made_outside(table.reference(), table.model))
        .filter_map(|table| {
            let (schema, model) = (table.schema, table.model);
            let large: Vec<&Field> = model.columns().filter(|field| is_large(field)).collect();
            if large.len() < MANY {
                return None;
            }
            let places: Vec<_> = std::iter::once((schema.model_name(model), String::new()))
                .chain(large.iter().map(|field| (schema.field_name(field), field.name.to_string())))
                .collect();
            let found = together::finding(
                &RULE.metadata,
                &places,
                format!("`{}` has {} columns without bounds", model.name, large.len()),
                "a query without `select` reads them all",
            )?
            .help("move the documents into a table of their own, one row each with a `kind`, or one `@unique` on the key of this one");
            Some(found.subject(format!("model:{}", model.name)))
        })
        .collect()
}

/// Whether a value is stored beside the row as soon as it is large.
fn is_large(field: &Field) -> bool {
    let native = field.native_type.as_ref();
    matches!(field.scalar(), Some(ScalarType::Json | ScalarType::Bytes))
        || native.is_some_and(|native| native.name == "Xml")
}
