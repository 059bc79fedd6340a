//! A key that does not come first.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::tables::TableModel,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/primary-key-not-first",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "The first column of a table is not its key",
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

/// Whether the first column is no part of the key, and the key is a column of its own.
fn begins_otherwise(table: &TableModel<'_>) -> bool {
    let model = table.model;
    let Some([key]) = model.primary_key().map(|key| key.columns.as_slice()) else {
        return false;
    };
    let first = model.columns().next();
    first.is_some_and(|first| key.field.is_some_and(|key| key != first.id))
}

fn finding(tables: &[TableModel<'_>]) -> Option<Diagnostic> {
    let late: Vec<&TableModel<'_>> = tables
        .iter()
        .filter(|table| begins_otherwise(table))
        .collect();
    let names: Vec<String> = late
        .iter()
        .map(|table| table.model.name.to_string())
        .collect();
    let places: Vec<_> = late
        .iter()
        .filter_map(|table| {
            let key = table.model.primary_key()?.columns.first()?.field?;
            let at = table.schema.field_name(&table.schema.datamodel[key]);
            Some((at, format!("{}'s", table.model.name)))
        })
        .collect();
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!(
            "{} read without its key first",
            together::are(&names, "tables")
        ),
        "the key, behind other columns",
    )?
    .help("write the key first: a reader looks for it there");
    Some(found.subject("schema:key-order"))
}
