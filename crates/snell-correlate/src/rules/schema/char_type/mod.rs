//! A column of the type `char(n)`.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/char-type",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column pads what is shorter with spaces",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Codes of countries, currencies and languages are never shorter.
const ALWAYS_FULL: u32 = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_padded, finding)
}

fn is_padded(column: Column<'_>) -> bool {
    let native = column.field.native_type.as_ref();
    native.is_some_and(|native| {
        let length = native.arguments.first().and_then(|n| n.parse::<u32>().ok());
        native.name == "Char" && length.is_some_and(|length| length > ALWAYS_FULL)
    })
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let first = columns.first()?;
    let length = first.field.native_type.as_ref()?.arguments.first()?;
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "padded with spaces"),
        "a shorter value is filled up, and says nothing of it",
    )?
    .help(format!("`@db.VarChar({length})` keeps what it is given"));
    Some(found.subject("schema:char"))
}
