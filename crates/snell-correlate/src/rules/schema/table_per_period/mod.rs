//! A table for each period.

use std::collections::BTreeMap;

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::tables::TableModel,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/table-per-period",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "The same table once for each period",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = together::schemas(context);
    schemas.iter().flat_map(|tables| findings(tables)).collect()
}

/// The name without its period: `orders_2024`, `Orders2024`, `orders_2024_07`, `orders_2024q3`.
fn stem(name: &str) -> Option<String> {
    let year = name.as_bytes().windows(4).position(|four| {
        four.iter().all(u8::is_ascii_digit) && (four.starts_with(b"19") || four.starts_with(b"20"))
    })?;
    let (before, rest) = (name.get(..year)?, name.get(year + 4..)?);
    let period = rest.trim_matches(|c: char| c == '_' || c.is_ascii_digit());
    let whole = matches!(
        period.to_ascii_lowercase().as_str(),
        "" | "q" | "h" | "w" | "m"
    );
    let begins = before.ends_with(|c: char| !c.is_ascii_digit());
    (whole && begins).then(|| before.trim_end_matches('_').to_owned())
}

fn findings(tables: &[TableModel<'_>]) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<String, Vec<(Location, String)>> = BTreeMap::new();
    for table in tables {
        if let Some(stem) = stem(&table.model.db_name) {
            let place = (
                table.schema.model_name(table.model),
                table.model.db_name.to_string(),
            );
            groups.entry(stem).or_default().push(place);
        }
    }
    let several = groups.into_iter().filter(|(_, places)| places.len() > 1);
    several
        .filter_map(|(stem, places)| {
            let found = together::finding(
                &RULE.metadata,
                &places,
                format!("`{stem}` has {} tables, one for each period", places.len()),
                "the period is in the name, where no query can ask for it",
            )?
            .help(format!(
                "one table `{stem}` with a column for the time; partitions of it by range where old periods are dropped as a whole"
            ));
            Some(found.subject(format!("tables:{stem}")))
        })
        .collect()
}
