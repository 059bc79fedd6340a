//! Names that need quotes.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::tables::TableModel,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/quoted-identifier",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "Names need quotes in SQL",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = together::schemas(context);
    schemas
        .iter()
        .filter_map(|tables| finding(tables))
        .collect()
}

/// Whether a name is another one without quotes, or none.
fn needs_quotes(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !name.chars().all(plain) || name.starts_with(|c: char| c.is_ascii_digit())
}

fn finding(tables: &[TableModel<'_>]) -> Option<Diagnostic> {
    let mut all = 0_usize;
    let mut places: Vec<(Location, String)> = Vec::new();
    for table in tables {
        let (schema, model) = (table.schema, table.model);
        all += 1 + model.columns().count();
        if needs_quotes(&model.db_name) {
            places.push((schema.model_name(model), format!("\"{}\"", model.db_name)));
        }
        let fields = model.columns().filter(|field| needs_quotes(&field.db_name));
        places.extend(
            fields.map(|field| (schema.field_name(field), format!("\"{}\"", field.db_name))),
        );
    }
    let number = places.len();
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!("{number} of {all} names of tables and columns need quotes in SQL"),
        "without them PostgreSQL looks for the name in lower case",
    )?
    .help("map names to lower case and underscores: `@map(\"created_at\")`, `@@map(\"words\")`");
    Some(found.subject("schema:quoted-identifier"))
}
