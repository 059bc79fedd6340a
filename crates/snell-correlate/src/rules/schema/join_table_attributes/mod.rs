//! Tables between two others with columns of their own.

use snell_prisma::Field;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::{tables::TableModel, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/join-table-attributes",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Tables between two others have columns of their own",
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

/// What a table says beside which two rows it connects; times left out.
fn attributes<'a>(table: &TableModel<'a>) -> Vec<&'a Field> {
    let model = table.model;
    if !is_between(table) {
        return Vec::new();
    }
    let own = model.columns().filter(|field| {
        !model.is_foreign_key(field.id)
            && !model.is_id(field.id)
            && field.scalar() != Some(snell_prisma::ScalarType::DateTime)
    });
    own.collect()
}

/// Whether two foreign keys, and nothing else, make its rows unique.
fn is_between(table: &TableModel<'_>) -> bool {
    let model = table.model;
    let keys = table.schema.datamodel.foreign_keys_of(model.id);
    let keys: Vec<_> = keys.map(|(_, key)| key).collect();
    let [first, second] = keys.as_slice() else {
        return false;
    };
    model.unique_criteria().any(|unique| {
        unique.fields().is_some_and(|fields| {
            fields.len() == first.columns.len() + second.columns.len()
                && first
                    .columns
                    .iter()
                    .chain(&second.columns)
                    .all(|c| fields.contains(c))
        })
    })
}

fn finding(tables: &[TableModel<'_>]) -> Option<Diagnostic> {
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<(Location, String)> = Vec::new();
    for table in tables {
        let own: Vec<String> = attributes(table)
            .iter()
            .map(|field| format!("`{}`", field.name))
            .collect();
        if !own.is_empty() {
            names.push(table.model.name.to_string());
            let said = format!("has {}", wording::and(&own[..own.len().min(4)]));
            places.push((table.schema.model_name(table.model), said));
        }
    }
    let first = places.first()?.1.clone();
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!("{} more than a link between two", together::are(&names, "tables")),
        first,
    )?
    .help("things of their own: name them after what they are (`Membership`), and never write them through an implicit relation");
    Some(found.subject("schema:join-attributes"))
}
