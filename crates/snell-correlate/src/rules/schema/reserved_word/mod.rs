//! A name that is a word of SQL.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::print::is_reserved;

use super::together;
use crate::{
    rule::{Context, Rule},
    support::tables::TableModel,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/reserved-word",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A name is a word of SQL",
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

fn finding(tables: &[TableModel<'_>]) -> Option<Diagnostic> {
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<(Location, String)> = Vec::new();
    for table in tables {
        let (schema, model) = (table.schema, table.model);
        if is_reserved(&model.db_name) {
            names.push(model.db_name.to_string());
            places.push((
                schema.model_name(model),
                format!("the table `{}`", model.db_name),
            ));
        }
        for field in model.columns().filter(|field| is_reserved(&field.db_name)) {
            names.push(field.db_name.to_string());
            places.push((
                schema.field_name(field),
                format!("the column `{}`", field.db_name),
            ));
        }
    }
    names.dedup();
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!("{} reserved by SQL", together::are(&names, "names")),
        "without quotes it is a syntax error, or means something else",
    )?
    .help("map it to another name: `@map(\"position\")`, `@@map(\"users\")`");
    Some(found.subject("schema:reserved-word"))
}
