//! A time without fractions of a second.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/time-precision-zero",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A time is rounded to whole seconds",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_whole, finding)
}

fn is_whole(column: Column<'_>) -> bool {
    let native = column.field.native_type.as_ref();
    native.is_some_and(|native| {
        matches!(
            native.name.as_str(),
            "Timestamp" | "Timestamptz" | "Time" | "Timetz"
        ) && native.arguments.first().is_some_and(|n| n == "0")
    })
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let native = &columns.first()?.field.native_type.as_ref()?.name;
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "rounded to whole seconds"),
        "0.5 s and more becomes the next second: a time that has not come yet",
    )?
    .help(format!(
        "keep the fraction, `@db.{native}(3)`, and cut it off where it is shown"
    ));
    Some(found.subject("schema:time-precision"))
}
