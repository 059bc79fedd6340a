//! A time of day with an offset.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/current-time",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A time of day carries an offset without a day",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, has_offset, finding)
}

fn has_offset(column: Column<'_>) -> bool {
    let native = column.field.native_type.as_ref();
    let default = column.field.default.as_ref();
    let sql = default.and_then(|default| default.value.db_generated());
    native.is_some_and(|native| native.name == "Timetz")
        || sql.is_some_and(|sql| {
            let mut words = sql.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word.eq_ignore_ascii_case("current_time"))
        })
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "a time of day with an offset"),
        "which offset holds depends on the day, and there is none",
    )?
    .help("the moment is `@db.Timestamptz(3)`; a time of every day is `@db.Time(0)` beside the name of a zone");
    Some(found.subject("schema:timetz"))
}
