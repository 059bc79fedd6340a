//! Columns of one name with different types.

use std::collections::BTreeMap;

use snell_prisma::ScalarType;
use snell_project::{names::plain, schema::SchemaId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/inconsistent-column-type",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Columns of one name have different types",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Names that mean something else in every table.
const GENERAL: [&str; 40] = [
    "value", "data", "content", "contents", "metadata", "meta", "status", "type", "kind", "state",
    "name", "key", "result", "config", "options", "settings", "payload", "order", "position",
    "size", "version", "source", "body", "response", "request", "details", "input", "output",
    "error", "context", "target", "default", "period", "score", "rating", "count", "total",
    "progress", "duration", "average",
];

/// So many columns of a name make it a name of its own.
const LEAST: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut named: BTreeMap<(SchemaId, String), Vec<Column<'_>>> = BTreeMap::new();
    for columns in together::columns(context, is_one) {
        for column in columns {
            let name = plain(&column.field.name).to_string();
            named
                .entry((column.table.id, name))
                .or_default()
                .push(column);
        }
    }
    named
        .values()
        .filter_map(|columns| finding(columns))
        .collect()
}

fn is_one(column: Column<'_>) -> bool {
    let (model, field) = (column.table.model, column.field);
    field.scalar().is_some()
        && !field.is_list()
        && !model.is_id(field.id)
        && !model.is_foreign_key(field.id)
        && !GENERAL.contains(&plain(&field.name).as_str())
}

fn scalar(column: &Column<'_>) -> Option<ScalarType> {
    column.field.scalar()
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let of = |ty: Option<ScalarType>| columns.iter().filter(move |column| scalar(column) == ty);
    let usual = columns
        .iter()
        .map(scalar)
        .max_by_key(|ty| of(*ty).count())?;
    let agreeing = of(usual).count();
    let odd: Vec<Column<'_>> = columns
        .iter()
        .copied()
        .filter(|c| scalar(c) != usual)
        .collect();
    let first = odd.first()?;
    if columns.len() < LEAST || agreeing * 3 < columns.len() * 2 {
        return None;
    }
    let (ty, usual) = (scalar(first)?.as_str(), usual?.as_str());
    let mut found = together::finding(
        &RULE.metadata,
        &together::places(&odd, Column::at_type),
        format!(
            "`{}` is `{ty}`, and `{}` is `{usual}` in {agreeing} other tables",
            first.name(),
            first.field.name
        ),
        format!("`{ty}` here"),
    )?
    .confidence(Confidence::Likely);
    for other in columns
        .iter()
        .filter(|column| scalar(column).map(ScalarType::as_str) == Some(usual))
        .take(3)
    {
        found = found.related(other.at_type(), format!("`{usual}`"));
    }
    Some(
        found
            .help(format!(
                "make it `{usual}`, or give what is another thing another name"
            ))
            .subject(format!("columns:{}", first.field.name)),
    )
}
