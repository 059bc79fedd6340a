//! Tables without relations.

use snell_prisma::{Model, ScalarType};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{together, words};
use crate::{
    rule::{Context, Rule},
    support::{field_life::field_lives, tables::TableModel},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/isolated-table",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "No relation leads to a table or from it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of tables that stand alone by what they are.
const ALONE: [&str; 16] = [
    "config",
    "configuration",
    "setting",
    "settings",
    "migration",
    "migrations",
    "log",
    "logs",
    "event",
    "events",
    "cache",
    "lock",
    "job",
    "jobs",
    "token",
    "webhook",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    together::schemas(context)
        .iter()
        .filter_map(|tables| {
            let is_one = |table: &&TableModel<'_>| {
                is_isolated(table.model) && lives.owned(table.model).is_none()
            };
            let alone: Vec<&TableModel<'_>> = tables.iter().filter(is_one).collect();
            // Where most tables stand alone, relations are not how the schema says what belongs together.
            if alone.len() * 2 > tables.len() {
                return None;
            }
            let names: Vec<String> = alone.iter().map(|t| t.model.name.to_string()).collect();
            let places: Vec<_> = alone
                .iter()
                .map(|table| {
                    (
                        table.schema.model_name(table.model),
                        table.model.name.to_string(),
                    )
                })
                .collect();
            let found = together::finding(
                &RULE.metadata,
                &places,
                format!("{} related to nothing", together::are(&names, "tables")),
                "neither a relation nor a column that could be one",
            )?
            .help("say in a `///` comment what its rows belong to, or give them a foreign key");
            Some(found.subject("schema:isolated"))
        })
        .collect()
}

fn is_isolated(model: &Model) -> bool {
    let mut columns = model.columns();
    model.relation_fields().next().is_none()
        && model.columns().nth(1).is_some()
        && model.is_complete
        && model.documentation().is_none()
        && !words::of(&model.name)
            .iter()
            .any(|word| ALONE.contains(&word.as_str()))
        && !columns.any(|field| {
            let words = words::of(&field.name);
            let refers = words.last().is_some_and(|last| last == "id") && words.len() > 1;
            refers && field.scalar() != Some(ScalarType::Boolean)
        })
}
